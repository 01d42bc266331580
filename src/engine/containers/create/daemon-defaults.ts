import type { LogConfig, Ulimit } from '../../../formats/engine-api/common.ts'
import type { Image } from '../../images/image.ts'
import type { ContainerRecord } from '../container.ts'
import type { HostFacts } from '../spec/host-facts.ts'
import type { SeccompChoice } from './security-options.ts'

/** What the daemon's settings and machine add to a create body. */
export type DaemonDefaults = {
  host: HostFacts
  /** Names that HostConfig.Runtime may have; `defaultRuntime` is one of them. */
  runtimes: readonly string[]
  defaultRuntime: string
  logConfig: Required<LogConfig>
  /** By name; a container's own limits win. */
  ulimits: Record<string, Ulimit>
  /** Bytes. */
  shmSize: number
  ipcMode: 'private' | 'shareable'
  cgroupnsMode: 'private' | 'host'
  /** Containers get an init process unless they say otherwise. */
  init: boolean
  /** Seconds between the stop signal and SIGKILL. */
  stopTimeoutSeconds: number
  noNewPrivileges: boolean
  /** The system call filter of containers that ask for none by name. */
  seccomp: SeccompChoice
  /** 11 capabilities instead of 14, no-new-privileges, 4096 processes. */
  hardened: boolean
  /** dataRoot/volumes: where volumes of the local driver live. */
  volumeRoot: string
  /** By name, id or its beginning; undefined if there is none. */
  findContainer(given: string): ContainerRecord | undefined
  /** By name or id; undefined if it is not here. */
  findImage(given: string): Pick<Image, 'id' | 'diffIds'> | undefined
}

/** No more than this many processes in a container of a hardened daemon. */
export const HARDENED_PIDS = 4096
export const DEFAULT_ULIMITS: Record<string, Ulimit> = { nofile: { Name: 'nofile', Soft: 1024, Hard: 524_288 } }
export const DEFAULT_SHM_BYTES = 64 * 1024 ** 2

/** The defaults of a daemon that was told nothing. */
export function daemonDefaults(
  given: Pick<DaemonDefaults, 'host' | 'volumeRoot' | 'findContainer' | 'findImage'> & Partial<DaemonDefaults>,
): DaemonDefaults {
  return {
    runtimes: ['crun', 'runc'],
    defaultRuntime: 'crun',
    logConfig: { Type: 'json-file', Config: {} },
    ulimits: DEFAULT_ULIMITS,
    shmSize: DEFAULT_SHM_BYTES,
    ipcMode: 'private',
    cgroupnsMode: 'private',
    init: false,
    noNewPrivileges: false,
    seccomp: 'builtin',
    stopTimeoutSeconds: 10,
    hardened: false,
    ...given,
  }
}
