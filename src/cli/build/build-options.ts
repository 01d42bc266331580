/** What a build is asked for, as `build` and `bake` both have it. Texts are as people write them. */
export type BuildOptions = {
  /** A directory, a URL, or `-` for standard input. */
  context: string
  /** `-f`; '' is `Dockerfile` in the context. */
  dockerfile: string
  /** In place of a file. */
  dockerfileText?: string
  tags: readonly string[]
  target: string
  platforms: readonly string[]
  /** undefined: as it is in the environment. */
  buildArgs: Readonly<Record<string, string | undefined>>
  labels: Readonly<Record<string, string>>
  /** Named contexts by name. */
  contexts: Readonly<Record<string, string>>
  annotations: readonly string[]
  outputs: readonly string[]
  push: boolean
  load: boolean
  /** What is asked for instead of a build. */
  call: '' | 'check'
  noCache: boolean
  noCacheFilter: readonly string[]
  /** Of each step that is not taken from the cache: what has changed. */
  explain: boolean
  pull: boolean
  secrets: readonly string[]
  ssh: readonly string[]
  cacheFrom: readonly string[]
  cacheTo: readonly string[]
  /** By kind the attributes as CSV. */
  attestations: Readonly<Record<string, string>>
  extraHosts: readonly string[]
  network: string
  /** 0: the daemon's. */
  shmSize: number
  ulimits: readonly string[]
  cgroupParent: string
  entitlements: readonly string[]
}

export const NO_OPTIONS: BuildOptions = {
  context: '.',
  dockerfile: '',
  tags: [],
  target: '',
  platforms: [],
  buildArgs: {},
  labels: {},
  contexts: {},
  annotations: [],
  outputs: [],
  push: false,
  load: false,
  call: '',
  noCache: false,
  noCacheFilter: [],
  explain: false,
  pull: false,
  secrets: [],
  ssh: [],
  cacheFrom: [],
  cacheTo: [],
  attestations: {},
  extraHosts: [],
  network: '',
  shmSize: 0,
  ulimits: [],
  cgroupParent: '',
  entitlements: [],
}
