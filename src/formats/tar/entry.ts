import type { ByteText } from '../../base/byte-text.ts'

export type { ByteText }

export type EntryType = 'file' | 'link' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo'

/**
 * One member of an archive. Names, targets and the keys of attributes are byte text, just as the archive has them: they may
 * be absolute, hold `..`, or lead anywhere, so whoever uses one as a path has to resolve it safely. A directory's name has
 * no slash at its end.
 */
export type TarEntry = {
  name: ByteText
  type: EntryType
  /** The target of a link or symbolic link, else ''. */
  linkName: ByteText
  /** Permission bits with setuid, setgid and sticky. */
  mode: number
  uid: number
  gid: number
  userName: ByteText
  groupName: ByteText
  /** Bytes of content; 0 for all that is no file. */
  size: number
  /** `seconds` may be below zero; `nanoseconds` is 0 to 999,999,999 and counts upwards. */
  modified: { seconds: number; nanoseconds: number }
  deviceMajor: number
  deviceMinor: number
  /** Extended attributes of the file, by full name (`security.capability`). */
  attributes: ReadonlyMap<ByteText, Uint8Array>
}

export const NO_ATTRIBUTES: ReadonlyMap<ByteText, Uint8Array> = new Map()

export const BLOCK = 512
/** How many bytes fill the last block of a content of this size. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK

/** An entry with what is usual for everything not named. */
export function tarEntry(given: Pick<TarEntry, 'name' | 'type'> & Partial<TarEntry>): TarEntry {
  return { ...USUAL, mode: given.type === 'directory' ? 0o755 : 0o644, ...given }
}

const USUAL = {
  linkName: '',
  uid: 0,
  gid: 0,
  userName: '',
  groupName: '',
  size: 0,
  modified: { seconds: 0, nanoseconds: 0 },
  deviceMajor: 0,
  deviceMinor: 0,
  attributes: NO_ATTRIBUTES,
}
