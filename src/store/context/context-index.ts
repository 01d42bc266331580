import type { Digest } from '../../formats/digest/digest.ts'

/**
 * One thing of a build context as its sender tells of it. Owners are not told: everything of a context belongs to root. Paths and
 * targets are ordinary text. `digest` is of the content of a file, found while it was written.
 */
export type ContextEntry = {
  type: 'file' | 'directory' | 'symlink'
  /** Permission bits with setuid, setgid and sticky. */
  mode: number
  size: number
  modified: { seconds: number; nanoseconds: number }
  linkName?: string
  digest?: Digest
  /** Extended attributes by full name, values in base64. */
  attributes?: Record<string, string>
}

/** By clean path relative to the context, without a slash at either end. */
export type ContextIndex = ReadonlyMap<string, ContextEntry>

/** What a sender tells before the content. */
export type ContextStat = Omit<ContextEntry, 'type' | 'digest' | 'linkName'>

/**
 * Takes a context in, into a directory of ours. Paths are resolved inside of it whatever they say; they may come in any
 * order as long as a directory comes before what is in it. What is neither written nor kept is no part of the context.
 */
export type ContextWriter = {
  /** What is here from the last time, to tell what need not be sent again. */
  readonly previous: ContextIndex
  /** It has not changed: the entry of `previous` stays, with the sender's time. */
  keep(path: string): void
  directory(path: string, stat: ContextStat): Promise<void>
  symlink(path: string, stat: ContextStat, target: string): Promise<void>
  /** A second name for a file that has been written or kept. */
  link(path: string, to: string): Promise<void>
  /** Several may be open at once. `write` takes the chunk over, and resolves when more can be taken. */
  file(path: string, stat: ContextStat): { write(chunk: Uint8Array): Promise<void>; end(): Promise<void> }
}
