/**
 * A Dockerfile as it was written: what each instruction says, with its variables not yet replaced. `parseDockerfile` makes
 * it, `expandInstruction` replaces the variables, `checkDockerfile` tells what is doubtful. Words are kept with their quotes;
 * quotes fall away in the expansion, as in BuildKit. Source: BuildKit's Dockerfile frontend.
 */
export type Dockerfile = {
  directives: Directives
  /** The ARG instructions before the first FROM. */
  globalArgs: ArgInstruction[]
  stages: Stage[]
  /** The text line by line, without line ends: for the excerpt beside an error. */
  lines: string[]
}

/** Lines and columns from 1; `end` is the last character that belongs to it. */
export type Position = { line: number; column: number }
export type Span = { start: Position; end: Position }

export type Escape = '\\' | '`'
export type Directives = { syntax?: Directive; escape: Escape; check?: Directive }
export type Directive = { value: string; span: Span }

export type Stage = {
  index: number
  /** In lower case; undefined without AS. */
  name?: string
  /** `image:tag`, an earlier stage, a named context or `scratch`; variables not replaced. */
  image: string
  /** The value of --platform; variables not replaced. */
  platform?: string
  instructions: Instruction[]
  /** Of the FROM instruction. */
  span: Span
  original: string
  /** The description of the stage: the comment above it that begins with its name. */
  comment?: string
  /** The comment lines directly above, without `#`. */
  comments: string[]
  /** The words FROM and AS as they were written. */
  spelling: { from: string; as?: string; name?: string }
}

/** What every instruction has. */
export type Common = {
  span: Span
  /** On one line, as written, for progress and history: `RUN --mount=type=cache,target=/c make`. */
  original: string
  /** The keyword as written. */
  keyword: string
  comments: string[]
}

export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction

/** `exec`: the arguments as they are. `shell`: one argument for the SHELL; heredocs make files of it. */
export type CommandLine = { form: 'exec' | 'shell'; arguments: string[]; files: InlineFile[] }
export type InlineFile = { name: string; data: string /** `<<-`: leading tabs are to be taken off. */; chomp: boolean }

/** A file whose content stands in the Dockerfile; `expand` unless its word was quoted. */
export type SourceContent = { path: string; data: string; expand: boolean }

export type SourcesAndDestination = { sources: string[]; contents: SourceContent[]; destination: string }

/** `isLegacy`: written `ENV key value`. */
export type KeyValue = { key: string; value: string; isLegacy: boolean }

type FileFlags = { chown?: string; chmod?: string; link: boolean; exclude: string[] }

export type AddInstruction = Common &
  SourcesAndDestination &
  FileFlags & { kind: 'add'; keepGitDir?: boolean; checksum?: string; unpack?: boolean }
export type CopyInstruction = Common &
  SourcesAndDestination &
  FileFlags & { kind: 'copy' /** Stage name or number, image, or named context. */; from?: string; parents: boolean }
export type ArgInstruction = Common & { kind: 'arg'; args: { key: string; value?: string; comment?: string }[] }
export type CmdInstruction = Common & { kind: 'cmd'; command: CommandLine }
export type EntrypointInstruction = Common & { kind: 'entrypoint'; command: CommandLine }
export type EnvInstruction = Common & { kind: 'env'; pairs: KeyValue[] }
export type LabelInstruction = Common & { kind: 'label'; pairs: KeyValue[] }
/** In alphabetical order, as BuildKit has them; `8000-8005/tcp`, variables not replaced. */
export type ExposeInstruction = Common & { kind: 'expose'; ports: string[] }
export type HealthcheckInstruction = Common & { kind: 'healthcheck'; health: Health }
export type MaintainerInstruction = Common & { kind: 'maintainer'; maintainer: string }
/** The instruction as written, with its heredocs; `parseTrigger` reads it. */
export type OnbuildInstruction = Common & { kind: 'onbuild'; expression: string }
export type RunInstruction = Common & {
  kind: 'run'
  command: CommandLine
  /** Values of --mount with their variables; `parseRunMount` reads them. */
  mounts: string[]
  network: 'default' | 'none' | 'host'
  security: 'sandbox' | 'insecure'
  devices: { name: string; required: boolean }[]
}
export type ShellInstruction = Common & { kind: 'shell'; shell: string[] }
export type StopsignalInstruction = Common & { kind: 'stopsignal'; signal: string }
export type UserInstruction = Common & { kind: 'user'; user: string }
export type VolumeInstruction = Common & { kind: 'volume'; volumes: string[] }
export type WorkdirInstruction = Common & { kind: 'workdir'; path: string }

/** As the image config has it: durations in nanoseconds, 0 for "not said". `test[0]`: NONE, CMD, CMD-SHELL. */
export type Health = {
  test: string[]
  interval: number
  timeout: number
  startPeriod: number
  startInterval: number
  retries: number
}

/** One --mount of RUN, its variables replaced. */
export type RunMount = {
  type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh'
  /** Stage, image or named context; undefined: the build context (bind) or nothing (cache). */
  from?: string
  source?: string
  target?: string
  readOnly: boolean
  /** Bytes of a tmpfs; undefined: no limit. */
  size?: number
  id?: string
  sharing?: 'shared' | 'private' | 'locked'
  /** A secret or agent that is not there fails the step. */
  required: boolean
  /** The variable that holds a secret. */
  env?: string
  mode?: number
  uid?: number
  gid?: number
}
