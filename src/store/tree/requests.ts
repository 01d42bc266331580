import type { RootSource } from '../../host/mounts/container-view.ts'
import type { ChangedPath } from './changes.ts'
import type { PathStat } from './path-stat.ts'

export type ExtractTreeOptions = {
  /** Refuse to put a directory in place of another kind, or the other way round. */
  noOverwriteDirNonDir?: boolean
  /** Everything gets this owner (`copyUIDGID`). */
  owner?: { uid: number; gid: number }
}

/** What the child is asked for; `mountpoint` is where it may show the root to itself. Paths are ordinary text. */
export type TreeRequest = { mountpoint: string } & (
  | { act: 'stat' | 'read'; root: RootSource; path: string }
  | { act: 'export'; root: RootSource }
  | { act: 'extract'; root: RootSource; path: string; options: ExtractTreeOptions }
  | { act: 'copy-up'; root: RootSource; path: string; target: string }
  | { act: 'usage'; directories: string[] }
  | { act: 'changes'; upper: string; lower: string[] }
)

/** The first line of the child's standard output; after that of `read` and `export` a tar follows. */
export type TreeReport =
  | { stat: PathStat }
  | { done: true }
  | { copied: boolean }
  | { bytes: number[] }
  | { changes: ChangedPath[] }
  | { fault: { kind: string; code: string; message: string; hint?: string } }
