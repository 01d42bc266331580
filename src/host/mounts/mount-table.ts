import { readFileSync, realpathSync } from 'node:fs'

/** One line of /proc/self/mountinfo. Source: proc_pid_mountinfo(5). */
export type HostMount = {
  point: string
  /** Of the mount, not of its file system: `rw,nosuid,nodev,relatime`. */
  options: string[]
  /** Propagation: `shared:1`, `master:2`; '' if private. */
  propagation: string
}

export const readMountTable = (): HostMount[] => parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8'))

export function parseMountTable(text: string): HostMount[] {
  return text.split('\n').flatMap(line => {
    const [, , , , escaped, options, ...rest] = line.split(' ')
    if (escaped === undefined || options === undefined) return []
    const point = escaped.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    return [{ point, options: options.split(','), propagation: rest.slice(0, rest.indexOf('-')).join(' ') }]
  })
}

/** The mount that a path of the host is on, its links followed: the longest point above it, the last of several. */
export function mountUnder(path: string, table: readonly HostMount[]): HostMount {
  const real = realpathSync(path)
  let found: HostMount = { point: '/', options: [], propagation: '' }
  for (const mount of table) {
    const isAbove = mount.point === '/' || real === mount.point || real.startsWith(`${mount.point}/`)
    if (isAbove && mount.point.length >= found.point.length) found = mount
  }
  return found
}

/** The mounts at a path of the host and below it, in the order in which they were made. The path has no links in it. */
export const mountsBelow = (path: string, table: readonly HostMount[]): HostMount[] =>
  table.filter(({ point }) => point === path || point.startsWith(`${path}/`))
