import { httpFaults } from './faults.ts'
import type { ApiVersion } from './operation.ts'

export const NEWEST_API_VERSION = '1.55'
export const OLDEST_API_VERSION = '1.24'

const parse = (text: string): number[] => text.split('.').map(part => Number(part) || 0)

/** Docker's comparison, part by part: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const known = new Map<string, ApiVersion>()
const apiVersion = (text: string): ApiVersion => ({ text, atLeast: version => compareVersions(text, version) >= 0 })

/** The version that a path asks for; the newest if it has none. Throws the fault that tells the client which ones there are. */
export function versionOf(prefix: string | undefined): ApiVersion {
  const text = prefix ?? NEWEST_API_VERSION
  const before = known.get(text)
  if (before) return before
  if (compareVersions(text, NEWEST_API_VERSION) > 0) throw httpFaults.TOO_NEW(text, NEWEST_API_VERSION)
  if (compareVersions(text, OLDEST_API_VERSION) < 0) throw httpFaults.TOO_OLD(text, OLDEST_API_VERSION)
  const version = apiVersion(text)
  // Only what a client can name in a bounded number of ways is remembered: `1.4400000` is as good as any.
  if (known.size < 64) known.set(text, version)
  return version
}
