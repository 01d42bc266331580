import type { Duplex } from 'node:stream'
import type { Digest } from '../../formats/digest/digest.ts'
import type { Resources } from '../../formats/engine-api/container.ts'
import type { OciImageConfig } from '../../formats/oci-image/config.ts'
import type { Platform } from '../../formats/platform/platform.ts'
import type { ContextWriter } from '../../store/context/context-index.ts'
import type { Credentials } from '../images/registry/credentials.ts'

/**
 * What a build is asked for, in one shape for every door (the classic API, BuildKit's gRPC). A door fills it in and gives a
 * `BuildClient`, by which the build reaches the other end of the connection.
 */
export type BuildRequest = {
  /** The door's name for this build; the key of its history. */
  ref: string
  /** What the client calls itself, for the history: the name of the context or of the target. */
  name?: string
  /** Below the context `dockerfile`, or below `context` if there is no such context. `text`: instead of a file. */
  dockerfile: { name: string; text?: string }
  /** Name or number of a stage; undefined: the last one. */
  target?: string
  /** Empty: the host's. */
  platforms: Platform[]
  buildArgs: Record<string, string>
  labels: Record<string, string>
  /** true: no step is taken from the cache; else those of these stages are not. */
  noCache: boolean | string[]
  /** Say of each step that is not taken from the cache why (a status `explain` of its vertex). */
  explain?: boolean
  /** Nothing is built: the answer is what is doubtful in the Dockerfile (`result.txt`, `result.json`, `result.statuscode`). */
  call?: 'check'
  /** Ask the registry for base images although there is one here. */
  pull: boolean
  /** Of RUN steps that name none. Other names than these are networks of the daemon. */
  network: 'default' | 'none' | 'host' | (string & {})
  /** `name:address`. */
  extraHosts: string[]
  hostname?: string
  /** Of every RUN step. */
  limits: Resources & { ShmSize?: number; CgroupParent?: string }
  entitlements: readonly string[]
  contexts: Record<string, ContextSource>
  /** Empty: the steps are run, nothing is kept but their cache. */
  exports: BuildExport[]
  cacheFrom: CacheEndpoint[]
  cacheTo: CacheEndpoint[]
  /** By kind (`sbom`, `provenance`) the attributes; BuildKit's words. */
  attestations: Record<string, Record<string, string>>
  /** Seconds since 1970. */
  sourceDateEpoch?: number
  client: BuildClient
}

/** `context` is the main one, `dockerfile` where the Dockerfile is, all others are named contexts. */
export type ContextSource =
  /** A directory on the client's side: `client.directory(name)`. */
  | { kind: 'client'; name: string }
  /** An archive (plain, gzip, bzip2, xz, zstd), or the text of a Dockerfile alone where `mayBeText`. Read once. */
  | { kind: 'tar'; body: AsyncIterable<Uint8Array>; mayBeText?: boolean }
  /** A file or an archive; `git` URLs as formats/git-url reads them. */
  | { kind: 'http' | 'git'; url: string }
  | { kind: 'image'; reference: string }
  /** A layout on the client's side; `content` reads a blob of it. */
  | { kind: 'oci-layout'; digest: Digest; content: (digest: Digest) => AsyncIterable<Uint8Array> }
  /** The result of another build of the same client (bake). */
  | { kind: 'result'; ref: string }
  | { kind: 'empty' }

/** `attributes` are BuildKit's (`name`, `push`, `dest`, `compression` …); `id` is the client's, for `client.receive`. */
export type BuildExport = {
  type: 'image' | 'docker' | 'oci' | 'local' | 'tar'
  attributes: Record<string, string>
  id: string
}
export type CacheEndpoint = { type: string; attributes: Record<string, string> }

/** What is asked of a directory of the client. Patterns are of .dockerignore's kind. */
export type DirectoryFilter = {
  /** Only what these match, with the directories on the way; undefined: everything. */
  include?: string[]
  exclude?: string[]
  /** Paths with wildcards whose links are followed by the sender: what the links lead to is sent, too. */
  followPaths?: string[]
}

export type ClientDirectory = {
  /** Directories with the same key are the same directory at another time: what has not changed is not sent again. '' for none. */
  readonly sharedKey: string
  /** Sends what is asked for, and nothing that the writer has already. `report` gets the bytes that came so far. */
  sync(
    writer: ContextWriter,
    filter: DirectoryFilter,
    signal: AbortSignal,
    report: (bytes: number) => void,
  ): Promise<void>
}

/** What the other end of the connection can give and take. */
export interface BuildClient {
  directory(name: string): ClientDirectory | undefined
  secret(id: string): Promise<Uint8Array | undefined>
  /** A connection to an agent of the client; undefined if it has none by this id. */
  ssh(id: string): Promise<Duplex | undefined>
  credentials(registryHost: string): Promise<Credentials | undefined>
  /** Sends an export back: one tar, or files below a directory as members of a tar that the client unpacks. */
  receive(exportId: string, as: 'tar' | 'files', tar: AsyncIterable<Uint8Array>): Promise<void>
}

/** One step of a build in BuildKit's words. A vertex is told again as its state changes; the last word holds. */
export type Vertex = {
  digest: Digest
  inputs: Digest[]
  /** `[builder 2/5] RUN make`. */
  name: string
  /** Nanoseconds since 1970. */
  started?: bigint
  completed?: bigint
  cached?: boolean
  error?: string
  /** The steps of one stage, or of one platform, belong together. */
  group?: string
  /** Where in the Dockerfile it stands: first and last line. */
  lines?: { first: number; last: number }
  /** The layer that it has come to. */
  layer?: Digest
}

export type VertexStatus = {
  id: string
  vertex: Digest
  name: string
  current: number
  /** 0: not known. */
  total: number
  timestamp: bigint
  started?: bigint
  completed?: bigint
}

export type VertexLog = { vertex: Digest; stream: 1 | 2; bytes: Uint8Array; timestamp: bigint }

export type VertexWarning = {
  vertex: Digest
  level: number
  short: string
  detail: string[]
  url: string
  /** Text of the file and where in it. Lines from 1, columns from 1. */
  source?: { name: string; text: string }
  ranges: { start: { line: number; column: number }; end: { line: number; column: number } }[]
}

/** For the door that tells of a build in the order of the file. Known once the file is read and every base image is there. */
export type BuildOutline = {
  /** Every instruction that the target needs, in their order; `vertex` of those that make a layer. */
  instructions: {
    text: string
    vertex?: Digest
    /** Of the base image that a FROM names. */
    image?: Digest
    /** How many instructions of the base image run first. */
    triggers?: number
    isTrigger?: boolean
  }[]
  /** Build arguments that no ARG asks for. */
  unusedArguments: string[]
}

export type BuildProgress =
  /** The Dockerfile, once it is read. */
  | { definition: { name: string; text: string } }
  | { outline: BuildOutline }
  | { vertex: Vertex }
  | { status: VertexStatus }
  | { log: VertexLog }
  | { warning: VertexWarning }
export type ReportProgress = (progress: BuildProgress) => void

/** What one platform of the build came to. Its layers stay as long as the result is held. */
export type PlatformResult = {
  platform: Platform
  /** The bytes whose digest would be the image's id. */
  configBytes: Uint8Array
  config: OciImageConfig
  diffIds: Digest[]
}

export type BuildResult = {
  ref: string
  platforms: PlatformResult[]
  /** What the exporters answer, by BuildKit's keys (`containerimage.digest`, `containerimage.config.digest`, `image.name`). */
  response: Record<string, string>
}

export type RunBuild = (request: BuildRequest, report: ReportProgress, signal: AbortSignal) => Promise<BuildResult>
