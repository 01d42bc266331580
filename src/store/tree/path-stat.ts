import { constants } from 'node:fs'
import type { Status } from '../../host/syscalls/attributes.ts'

/** As X-Docker-Container-Path-Stat has it: `mode` in Go's bits, `mtime` as RFC 3339 with nanoseconds. */
export type PathStat = { name: string; size: number; mode: number; mtime: string; linkTarget: string }

const GO = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  pipe: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  character: 2 ** 21,
  sticky: 2 ** 20,
} as const

const KINDS = new Map<number, number>([
  [constants.S_IFDIR, GO.directory],
  [constants.S_IFLNK, GO.symlink],
  [constants.S_IFBLK, GO.device],
  [constants.S_IFCHR, GO.device + GO.character],
  [constants.S_IFIFO, GO.pipe],
  [constants.S_IFSOCK, GO.socket],
])

/** Go's os.FileMode for a mode of the kernel. */
export function goMode(mode: number): number {
  const kind = KINDS.get(mode & constants.S_IFMT) ?? 0
  const special = (bit: number, go: number) => ((mode & bit) === 0 ? 0 : go)
  return kind + special(0o4000, GO.setuid) + special(0o2000, GO.setgid) + special(0o1000, GO.sticky) + (mode & 0o777)
}

export function rfc3339({ seconds, nanoseconds }: Status['modified']): string {
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}${fraction}Z`
}
