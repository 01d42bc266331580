import { humanDuration } from '../../base/durations.ts'

/** Pieces that the rows of several lists share. */
export const truncateId = (id: string): string => id.replace(/^[^:]*:/, '').slice(0, 12)

/** How long ago, from Unix seconds: `2 hours ago`. */
export const agoFromSeconds = (seconds: number): string => `${humanDuration(Date.now() - seconds * 1000)} ago`

/** Go's time.Time.String of Unix seconds, in the local zone: `2006-01-02 15:04:05 -0700 MST`. */
export function goTime(seconds: number): string {
  const time = new Date(seconds * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  return `${date} ${clock} ${offset(time)} ${zoneName(time)}`
}

export function offset(time: Date, separator = ''): string {
  const minutes = -time.getTimezoneOffset()
  const size = Math.abs(minutes)
  const two = (value: number) => String(Math.trunc(value)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(size / 60)}${separator}${two(size % 60)}`
}

export function zoneName(time: Date): string {
  if (time.getTimezoneOffset() === 0 && new Date(0).getTimezoneOffset() === 0) return 'UTC'
  const name = /\(([^)]+)\)/.exec(time.toString())?.[1] ?? ''
  const short = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
    .formatToParts(time)
    .find(part => part.type === 'timeZoneName')?.value
  return short && !short.startsWith('GMT') ? short : name.includes(' ') ? offset(time).slice(0, 3) : name
}

/** `key=value,…`, sorted. */
export const labelText = (labels: Record<string, string> | null | undefined): string =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',')

/** Names as people sort them: numbers within them by size. */
export const naturally = (left: string, right: string): number => {
  const parts = (text: string) => text.match(/\d+|\D+/g) ?? []
  const [a, b] = [parts(left), parts(right)]
  for (let place = 0; place < Math.min(a.length, b.length); place++) {
    const [one, two] = [a[place]!, b[place]!]
    if (one === two) continue
    if (/^\d/.test(one) && /^\d/.test(two) && Number(one) !== Number(two)) return Number(one) - Number(two)
    return one < two ? -1 : 1
  }
  return a.length - b.length
}
