import type { Instance } from '../../base/instance.ts'
import type { Platform } from '../../formats/platform/platform.ts'
import type { Cgroups } from '../../host/cgroups/cgroups.ts'
import type { Runtimes } from '../../host/runtime/runtimes.ts'
import type { Database } from '../../store/database/database.ts'
import type { Layers } from '../../store/layers/layers.ts'
import type { Trees } from '../../store/tree/tree.ts'
import type { Events } from '../events/events.ts'
import type { CommitRequest } from '../images/commit/commit-image.ts'
import type { Image } from '../images/image.ts'
import type { Networks } from '../networks/networks.ts'
import type { Volumes } from '../volumes/volumes.ts'
import type { DaemonDefaults } from './create/daemon-defaults.ts'

/** What containers need of the rest of the engine and of the machine. */
export type ContainerNeeds = {
  instance: Instance
  database: Database
  events: Pick<Events, 'emit'>
  images: {
    /** Throws imageFaults.NOT_FOUND. */
    resolve(reference: string, platform?: Platform): Image
    commit(request: CommitRequest): Promise<string>
  }
  layers: Pick<Layers, 'lower' | 'size' | 'copyUpper' | 'has'>
  networks: Networks
  runtimes: Pick<Runtimes, 'get' | 'list'>
  /** The program of --init on the host; undefined if this machine has none. */
  init?: string
  /** Path of the monitor's executable. */
  monitorProgram: string
  cgroups: Pick<
    Cgroups,
    'cgroupPathsOf' | 'oomFileOf' | 'update' | 'freeze' | 'thaw' | 'isFrozen' | 'namesIn' | 'pids' | 'remove' | 'sweep'
  >
  volumes: Pick<Volumes, 'hold' | 'release' | 'recover' | 'use'>
  trees: Pick<Trees, 'statPath' | 'readTar' | 'extractTar' | 'usages' | 'exportTar' | 'changes'>
  defaults: DaemonDefaults
}
