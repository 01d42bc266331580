import type { Health, OciDescriptor } from '../../formats/engine-api/common.ts'
import type {
  ContainerConfig,
  ContainerStatus,
  HostConfig,
  NetworkingConfig,
} from '../../formats/engine-api/container.ts'
import type { NetworkAttachment } from '../networks/networks.ts'
import type { ResolvedMount } from './resolved-mount.ts'

/** RFC 3339 in UTC with nanoseconds, e.g. `2026-01-02T03:04:05.123456789Z`. */
/** Those that it needs the layers of: its own, and those that it mounts. */
export const imagesOf = ({ imageId, mounts }: Pick<ContainerRecord, 'imageId' | 'mounts'>): string[] => [
  ...new Set([imageId, ...mounts.flatMap(mount => mount.imageId ?? [])]),
]

export type Timestamp = string
/** What Docker shows for a moment that has not come. */
export const NEVER: Timestamp = '0001-01-01T00:00:00Z'

/** To another container on the default bridge. `name`: what that was called then. */
export type ContainerLink = { id: string; name: string; alias: string }

/**
 * One container as it is stored: one row, plain JSON. What create has decided is never changed again, except by rename
 * (`name`) and update (resources and restart policy in `hostConfig`); `state`, `attachment` and `restartCount` follow its life.
 */
export type ContainerRecord = {
  id: string
  /** Without slash. */
  name: string
  created: Timestamp
  /** As the client wrote it. */
  imageRef: string
  /** `sha256:…`. */
  imageId: string
  imageManifest?: OciDescriptor
  /** Layers of its root, lowest first; kept here so that a container starts whatever becomes of the image's names. */
  diffIds: string[]
  /** The operating system: `linux`. */
  platform: string
  /** The program and its arguments: entrypoint and command put together. */
  path: string
  args: string[]
  /** These three after defaults have been merged. */
  config: ContainerConfig
  hostConfig: HostConfig
  networking: NetworkingConfig
  mounts: ResolvedMount[]
  /** On the default bridge. */
  links?: ContainerLink[]
  state: ContainerState
  /** There from a successful start until the container has ended. */
  attachment?: NetworkAttachment
  /** Restarts by policy since the last start by a person. */
  restartCount: number
  /** A person stopped or killed it: `unless-stopped` leaves it down at the next start of the daemon. */
  manuallyStopped: boolean
}

/**
 * created → running → exited → running …; running ⇄ paused; running → restarting → running (policy waiting for its next try);
 * anything → removing → gone, or dead when a removal failed half-way.
 */
export type ContainerState = {
  status: ContainerStatus
  /** The init process on the host; 0 unless running or paused. */
  pid: number
  exitCode: number
  /** Why it could not be started, or ''. */
  error: string
  oomKilled: boolean
  startedAt: Timestamp
  finishedAt: Timestamp
  /** Of a container with a health check, since its first start. */
  health?: Health
}

/** Has a live process: running or frozen. */
export const isRunning = (state: ContainerState): boolean => state.status === 'running' || state.status === 'paused'

/** One that does not run is not healthy: Docker's word for it is unhealthy. */
export const endedHealth = ({ health }: ContainerState): Pick<ContainerState, 'health'> =>
  health ? { health: { ...health, Status: 'unhealthy' } } : {}

export const initialState = (): ContainerState => ({
  status: 'created',
  pid: 0,
  exitCode: 0,
  error: '',
  oomKilled: false,
  startedAt: NEVER,
  finishedAt: NEVER,
})
