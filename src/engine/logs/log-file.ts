import type { LogOrigin } from './packed-origin.ts'

/** One file of a log: rotation may rename, pack or remove it while it is read. */
export type LogFile = {
  readonly inode: number
  /** Can be read from the beginning on only. */
  readonly isPacked: boolean
  /** Bytes on the disk. */
  size(): Promise<number>
  /** Itself as it is now, or the file that it was packed from. */
  origin(): Promise<LogOrigin>
  /** Bytes read; 0 at the end. */
  read(into: Buffer, at: number, position: number): Promise<number>
  close(): Promise<void>
}
