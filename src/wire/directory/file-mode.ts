/** Modes as Go's os.FileMode has them, which is what the wire carries. Source: Go, io/fs. */
const GO = {
  directory: 0x80000000,
  symlink: 0x08000000,
  device: 0x04000000,
  pipe: 0x02000000,
  socket: 0x01000000,
  setuid: 0x00800000,
  setgid: 0x00400000,
  character: 0x00200000,
  sticky: 0x00100000,
} as const
const TYPES = GO.directory + GO.symlink + GO.device + GO.pipe + GO.socket + GO.character

export type WireType = 'file' | 'directory' | 'symlink' | 'special'

export function typeOfMode(mode: number): WireType {
  if (has(mode, GO.directory)) return 'directory'
  if (has(mode, GO.symlink)) return 'symlink'
  return (mode & TYPES) === 0 ? 'file' : 'special'
}

/** Permission bits with setuid, setgid and sticky where Unix has them. */
export const permissionsOf = (mode: number): number =>
  (mode & 0o777) |
  (has(mode, GO.setuid) ? 0o4000 : 0) |
  (has(mode, GO.setgid) ? 0o2000 : 0) |
  (has(mode, GO.sticky) ? 0o1000 : 0)

export const wireMode = (type: Exclude<WireType, 'special'>, permissions: number): number =>
  (permissions & 0o777) +
  (type === 'file' ? 0 : GO[type]) +
  (permissions & 0o4000 ? GO.setuid : 0) +
  (permissions & 0o2000 ? GO.setgid : 0) +
  (permissions & 0o1000 ? GO.sticky : 0)

const has = (mode: number, bit: number): boolean => (mode & bit) !== 0
