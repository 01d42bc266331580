import { type Digest, isDigest } from '../../../formats/digest/digest.ts'
import type { Fingerprint } from '../cache/key-parts.ts'

/** A step whose layer lies elsewhere. The key says what it follows from, on whichever machine. */
export type RemoteStep = { key: string; diffId: Digest; description: string; parts: Fingerprint }

/** What a cache in a registry is called, and its config, which readers of images would refuse by another name. */
export const CACHE_TYPE = 'application/vnd.berth.buildcache.v1'
export const CACHE_CONFIG_TYPE = 'application/octet-stream'
/** The name under which an image carries its own. */
export const INLINE_KEY = 'berth.buildcache.v1'

export type CacheDocument = { steps: RemoteStep[]; diffIds: Digest[] }

const MOST_STEPS = 10_000

/** `diffIds`: of the layers beside it, in their order. */
export const cacheDocument = ({ steps, diffIds }: CacheDocument): Buffer =>
  Buffer.from(JSON.stringify({ version: 1, steps, diffIds }))

/** What a registry has under such a name; anything that is not as it should be is no step. Undefined if it is no cache at all. */
export function parseCacheDocument(bytes: Uint8Array): CacheDocument | undefined {
  try {
    const { steps, diffIds } = JSON.parse(Buffer.from(bytes).toString()) as Partial<
      Record<'steps' | 'diffIds', unknown>
    >
    if (!Array.isArray(diffIds) || !diffIds.every(isDigest)) return undefined
    return { diffIds, steps: readSteps(steps) }
  } catch {
    return undefined
  }
}

/** Those that an image carries in its config. */
export function inlineSteps(configBytes: Uint8Array): RemoteStep[] {
  try {
    return readSteps((JSON.parse(Buffer.from(configBytes).toString()) as Record<string, unknown>)[INLINE_KEY])
  } catch {
    return []
  }
}

const readSteps = (value: unknown): RemoteStep[] =>
  Array.isArray(value) ? value.slice(0, MOST_STEPS).flatMap(one => readStep(one) ?? []) : []

function readStep(value: unknown): RemoteStep | undefined {
  const { key, diffId, description, parts } = (value ?? {}) as Partial<Record<keyof RemoteStep, unknown>>
  if (typeof key !== 'string' || !/^[0-9a-f]{64}$/.test(key) || !isDigest(diffId)) return undefined
  if (typeof description !== 'string' || typeof parts !== 'object' || parts === null) return undefined
  const texts = Object.entries(parts).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return { key, diffId, description, parts: Object.fromEntries(texts) }
}
