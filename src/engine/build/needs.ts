import type { Instance } from '../../base/instance.ts'
import type { Cgroups } from '../../host/cgroups/cgroups.ts'
import type { Runtimes } from '../../host/runtime/runtimes.ts'
import type { Blobs } from '../../store/blobs/blobs.ts'
import type { Contexts } from '../../store/context/contexts.ts'
import type { Database } from '../../store/database/database.ts'
import type { Layers } from '../../store/layers/layers.ts'
import type { Trees } from '../../store/tree/tree.ts'
import type { DaemonDefaults } from '../containers/create/daemon-defaults.ts'
import type { Events } from '../events/events.ts'
import type { Images } from '../images/images.ts'
import type { RegistrySettings } from '../images/registry/settings.ts'
import type { Networks } from '../networks/networks.ts'
import type { Collection } from './cache/collection.ts'

/** What builds need of the rest of the engine and of the machine. */
export type BuildNeeds = {
  instance: Instance
  database: Database
  events: Pick<Events, 'emit'>
  images: Images
  layers: Layers
  blobs: Blobs
  trees: Trees
  networks: Pick<Networks, 'attach' | 'release'>
  runtimes: Pick<Runtimes, 'get'>
  monitorProgram: string
  cgroups: Pick<Cgroups, 'cgroupPathsOf' | 'oomFileOf' | 'remove'>
  registries: () => RegistrySettings
  defaults: DaemonDefaults
  contexts: Contexts
  collection: Collection
  /** Bytes below directories. */
  measure: (directories: readonly string[]) => Promise<number[]>
}
