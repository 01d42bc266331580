/** One kind of thing on disk: every item, and how many bytes could go. */
export type Usage = { items: Record<string, unknown>[]; active: number; bytes: number; reclaimable: number }
export type UsageKind = 'container' | 'image' | 'volume' | 'build-cache'
/** Measured anew by each call; a kind that nobody asked for is not measured. */
export type UsageSources = Record<UsageKind, () => Promise<Usage>>

export const USAGE_KINDS: readonly UsageKind[] = ['container', 'image', 'volume', 'build-cache']

export type DiskUsage = Partial<Record<UsageKind, Usage>>

export async function diskUsage(sources: UsageSources, kinds: readonly UsageKind[]): Promise<DiskUsage> {
  const measured = kinds.map(async kind => [kind, await sources[kind]()] as const)
  return Object.fromEntries(await Promise.all(measured))
}

/** The shape until API 1.51. */
export function legacyUsage(usage: DiskUsage): Record<string, unknown> {
  return {
    ...(usage.image && { LayersSize: usage.image.bytes, Images: usage.image.items }),
    ...(usage.container && { Containers: usage.container.items }),
    ...(usage.volume && { Volumes: usage.volume.items }),
    ...(usage['build-cache'] && { BuildCache: usage['build-cache'].items }),
  }
}

/** The shape since API 1.52; items are told only on request. */
export function summedUsage(usage: DiskUsage, verbose: boolean): Record<string, unknown> {
  const summed = (one: Usage | undefined) =>
    one && {
      ActiveCount: one.active,
      TotalCount: one.items.length,
      Reclaimable: one.reclaimable,
      TotalSize: one.bytes,
      ...(verbose && one.items.length > 0 ? { Items: one.items } : {}),
    }
  return {
    ImageUsage: summed(usage.image),
    ContainerUsage: summed(usage.container),
    VolumeUsage: summed(usage.volume),
    BuildCacheUsage: summed(usage['build-cache']),
  }
}
