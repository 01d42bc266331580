import { parseBytes } from '../../base/units.ts'
import { isRecord, type Option, shaped } from './option.ts'

/** Bounds of the build cache in bytes; absent: a share of the disk. */
export type CacheBounds = { reserved?: number; most?: number; free?: number }
export type CachePolicy = CacheBounds & { all: boolean; filters: [name: string, value: string][] }
/** `policies` are gone through in their order; none: one with the bounds. */
export type BuilderSetting = CacheBounds & { collects: boolean; policies: CachePolicy[] }

/** dockerd's `{"gc": {"enabled": true, "defaultKeepStorage": "20GB", "policy": [{"keepStorage": "10GB", "filter": ["unused-for=48h"]}]}}`. */
export const builder = (help: string): Option<BuilderSetting> =>
  shaped<BuilderSetting>(help, {
    expects: 'an object {"gc": {"enabled", "defaultKeepStorage", "policy", …}}',
    read: readBuilder,
    accept: text => {
      const found = readBuilder(JSON.parse(text))
      if (!found) throw new Error(`invalid builder: ${text}`)
      return found
    },
    empty: { collects: true, policies: [] },
  })

function readBuilder(json: unknown): BuilderSetting | undefined {
  if (!isRecord(json) || !hasOnly(json, ['gc'])) return undefined
  const { gc = {} } = json
  if (!isRecord(gc) || !hasOnly(gc, ['enabled', 'policy', ...NAMES.map(([, name]) => `default${name}`)]))
    return undefined
  const { enabled = true, policy = [] } = gc
  const bounds = readBounds(gc, name => `default${name}`)
  if (typeof enabled !== 'boolean' || !Array.isArray(policy) || !bounds) return undefined
  const policies = policy.map(readPolicy)
  return policies.includes(undefined)
    ? undefined
    : { collects: enabled, ...bounds, policies: policies as CachePolicy[] }
}

function readPolicy(json: unknown): CachePolicy | undefined {
  const small = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)
  if (!isRecord(json) || !hasOnly(json, ['all', 'filter', ...NAMES.map(([, name]) => small(name))])) return undefined
  const { all = false, filter = [] } = json
  const bounds = readBounds(json, small)
  const isList = Array.isArray(filter) && filter.every(one => typeof one === 'string' && one.includes('='))
  if (typeof all !== 'boolean' || !isList || !bounds) return undefined
  return { ...bounds, all, filters: filter.map(pairOf) }
}

/** `type==source.local` is what BuildKit's own files write. */
function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1).replace(/^=/, '')]
}

/** The first of these is what dockerd called the second before 28. */
const NAMES = [
  ['reserved', 'KeepStorage'],
  ['reserved', 'ReservedSpace'],
  ['most', 'MaxUsedSpace'],
  ['free', 'MinFreeSpace'],
] as const

function readBounds(json: Record<string, unknown>, nameOf: (name: string) => string): CacheBounds | undefined {
  const bounds: CacheBounds = {}
  for (const [field, name] of NAMES) {
    const value = json[nameOf(name)]
    if (value === undefined) continue
    const bytes = bytesOf(value)
    if (bytes === undefined) return undefined
    bounds[field] = bytes
  }
  return bounds
}

function bytesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  try {
    return typeof value === 'string' ? parseBytes(value) : undefined
  } catch {
    return undefined
  }
}

const hasOnly = (json: Record<string, unknown>, names: readonly string[]): boolean =>
  Object.keys(json).every(name => names.includes(name))
