import type { ByteText } from '../../base/byte-text.ts'
import type { Digest } from '../../formats/digest/digest.ts'
import type { ContextEntry, ContextStat } from './context-index.ts'

/**
 * What the child is asked for: to unpack a tar from its standard input into an empty directory, or to write what frames tell it,
 * after it has removed what is no part of the context any more.
 */
export type ContextRequest = { root: string } & (
  | { act: 'tar'; limits: { bytes: number; entries: number } }
  | { act: 'write' }
)

/** The payload of an entry frame. Paths are byte text. `id` of the frame is the number of a file that follows. */
export type WrittenEntry =
  | { type: 'directory'; path: ByteText; stat: ContextStat }
  | { type: 'file'; path: ByteText; stat: ContextStat }
  | { type: 'symlink'; path: ByteText; stat: ContextStat; target: ByteText }
  | { type: 'link'; path: ByteText; to: ByteText }
  | { type: 'remove'; path: ByteText }

/** Lines of the child's standard output. `member` is told of a tar; its path is byte text. */
export type ContextReport =
  | { member: ByteText; entry: ContextEntry }
  | { file: number; digest: Digest; size: number }
  | { done: true; bytes: number }
  | { fault: { kind: string; code: string; message: string; hint?: string } }
