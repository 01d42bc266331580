/** One thing that builds have left for later builds. Times in ms since 1970, sizes in bytes. */
export type CacheRecord = {
  id: string
  /** BuildKit's words: the layer of a step, a cache mount, a copy of a client's directory. */
  type: 'regular' | 'exec.cachemount' | 'source.local'
  description: string
  /** A build or a step is using it. */
  inUse: boolean
  /** An image has the layer too: removing the record frees nothing. */
  shared: boolean
  /** Steps write to it. */
  mutable: boolean
  size: number
  created: number
  used: number
  uses: number
}

/** The shape of the Engine API. Source: swagger.yaml, BuildCache. */
export const cacheSummary = (record: CacheRecord): Record<string, unknown> => ({
  ID: record.id,
  Type: record.type,
  Description: record.description,
  InUse: record.inUse,
  Shared: record.shared,
  Size: record.size,
  CreatedAt: new Date(record.created).toISOString(),
  LastUsedAt: new Date(record.used).toISOString(),
  UsageCount: record.uses,
})
