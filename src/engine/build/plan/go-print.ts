import { formatDuration } from '../../../base/durations.ts'
import type { Health } from '../../../formats/dockerfile/dockerfile.ts'

/** Go's `%q` of a list of texts, and `%v`: how BuildKit writes commands into the history. */
export const quotedList = (list: readonly string[]): string => `[${list.map(text => JSON.stringify(text)).join(' ')}]`
export const plainList = (list: readonly string[]): string => `[${list.join(' ')}]`
export const setOf = (names: readonly string[]): string =>
  `map[${[...names]
    .sort()
    .map(name => `${name}:{}`)
    .join(' ')}]`

/** The struct behind HEALTHCHECK by `%q`, which makes a character of the number of retries. */
export function healthText({ test, interval, timeout, startPeriod, startInterval, retries }: Health): string {
  const durations = [interval, timeout, startPeriod, startInterval].map(nanoseconds =>
    JSON.stringify(formatDuration(nanoseconds)),
  )
  const character = `'\\x${retries.toString(16).padStart(2, '0')}'`
  return `&{${quotedList(test)} ${durations.join(' ')} ${character}}`
}
