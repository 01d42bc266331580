import type { RunMount, SourceContent } from '../../../formats/dockerfile/dockerfile.ts'

/** Where a step takes files from. */
export type StepSource =
  | { kind: 'context'; name: string }
  | { kind: 'stage'; index: number }
  | { kind: 'image'; reference: string }

export type RunStep = {
  kind: 'run'
  /** The argument vector. */
  args: string[]
  /** The command as messages name it. */
  shown: string
  /** The script of a heredoc: a file that the step sees at this path. */
  scripts: { path: string; text: string }[]
  env: string[]
  directory: string
  user: string
  mounts: (RunMount & { target: string; targetIsGiven: boolean; view?: StepSource })[]
  network: 'default' | 'none' | 'host'
  insecure: boolean
}

export type CopyStep = {
  kind: 'copy'
  keyword: 'COPY' | 'ADD'
  from: StepSource
  sources: string[]
  /** URLs of ADD, in the order in which they stand. */
  remotes: string[]
  contents: SourceContent[]
  destination: string
  chown?: string
  chmod?: string
  link: boolean
  parents: boolean
  exclude: string[]
  unpack: 'never' | 'local' | 'always'
  checksum?: string
  keepGitDirectory: boolean
}

/** The directory is made unless it is there. */
export type DirectoryStep = { kind: 'directory'; path: string; user: string }

export type Step = RunStep | CopyStep | DirectoryStep
