import { join } from 'node:path'
import { Builder } from '../../engine/build/builder.ts'
import { isRunning } from '../../engine/containers/container.ts'
import { Containers } from '../../engine/containers/containers.ts'
import { copyUpBy } from '../../engine/containers/create/copy-up.ts'
import type { DaemonDefaults } from '../../engine/containers/create/daemon-defaults.ts'
import { LogPacking } from '../../engine/containers/log-packing.ts'
import { EventHistory } from '../../engine/events/event-history.ts'
import { Events } from '../../engine/events/events.ts'
import { Execs } from '../../engine/exec/execs.ts'
import { Healths } from '../../engine/health/healths.ts'
import { Images } from '../../engine/images/images.ts'
import { openNetworks } from '../../engine/networks/open-networks.ts'
import { Stats } from '../../engine/stats/stats.ts'
import { Volumes } from '../../engine/volumes/volumes.ts'
import { HealthProbes } from '../../host/health-probe/health-probe.ts'
import { Blobs } from '../../store/blobs/blobs.ts'
import { Contexts } from '../../store/context/contexts.ts'
import { type Database, openDatabase } from '../../store/database/database.ts'
import { Layers } from '../../store/layers/layers.ts'
import { Trees } from '../../store/tree/tree.ts'
import type { DaemonSettings } from '../config/settings.ts'
import { containerDefaults } from './defaults.ts'
import type { MachineParts } from './machine.ts'
import { pluginDirectories } from './plugins.ts'
import { registrySettings } from './registries.ts'

/** The nouns of the engine, in the order in which they know each other. */
export type Nouns = {
  database: Database
  layers: Layers
  trees: Trees
  events: Events
  volumes: Volumes
  networks: ReturnType<typeof openNetworks>
  images: Images
  containers: Containers
  execs: Execs
  healths: Healths
  stats: Stats
  builder: Builder
  /** What containers get that say nothing else; a reload changes it in place. */
  defaults: DaemonDefaults
}

/** Only constructs: what is on the machine is not touched before `recoverNouns`. */
export function constructNouns(current: () => DaemonSettings, machine: MachineParts): Nouns {
  const settings = current()
  const { instance } = settings
  const { dataRoot } = instance
  const database = openDatabase(join(dataRoot, 'berth.db'))
  const blobs = new Blobs(dataRoot)
  const layers = new Layers(dataRoot, database, blobs)
  const trees = new Trees(dataRoot)
  const events = new Events(new EventHistory(join(dataRoot, 'events.jsonl')))
  const volumes = new Volumes({
    database,
    events,
    root: join(dataRoot, 'volumes'),
    plugins: pluginDirectories(instance.execRoot),
    copyUp: copyUpBy(trees),
    measure: directory => trees.usage(directory),
  })
  const networks = openNetworks({
    instance,
    database,
    settings: settings.network,
    events,
    proxyProgram: machine.programs.portProxy,
    resolverProgram: machine.programs.resolver,
    nameOf: id => containers.find(id)?.record.name,
  })
  const images = new Images({
    database,
    layers,
    blobs,
    events,
    registries: () => registrySettings(current()),
    usersOf: id => containers.usersOf(id),
  })
  const defaults = containerDefaults(settings, machine, {
    findContainer: given => containers.find(given)?.record,
    findImage: given => images.find(given),
  })
  const containers: Containers = new Containers({
    instance,
    database,
    events,
    images,
    layers,
    networks,
    runtimes: machine.runtimes,
    init: machine.init,
    monitorProgram: machine.programs.monitor,
    cgroups: machine.cgroups,
    volumes,
    trees,
    defaults,
  })
  const execs = new Execs(containers)
  new LogPacking(containers)
  const builder = new Builder({
    instance,
    database,
    events,
    images,
    layers,
    blobs,
    trees,
    networks,
    runtimes: machine.runtimes,
    monitorProgram: machine.programs.monitor,
    cgroups: machine.cgroups,
    registries: () => registrySettings(current()),
    defaults,
    contexts: new Contexts(dataRoot),
    collection: settings.builder,
    measure: directories => trees.usages(directories),
  })
  const healths = new Healths(containers, new HealthProbes(machine.programs.healthProbe))
  return {
    database,
    layers,
    trees,
    events,
    volumes,
    networks,
    images,
    containers,
    execs,
    healths,
    stats: new Stats(containers, machine.cgroups),
    builder,
    defaults,
  }
}

/** Makes memory, database and machine agree, before the first client is heard. */
export async function recoverNouns({ containers, execs, images, builder }: Nouns): Promise<void> {
  containers.onRemoved((_, imageIds) => {
    for (const imageId of imageIds) images.released(imageId)
  })
  await containers.recover()
  await execs.recover()
  await builder.recover()
  images.recover()
}

export function countsOf({ containers, images }: Nouns) {
  const all = containers.all().map(({ record }) => record.state)
  const paused = all.filter(({ status }) => status === 'paused').length
  const running = all.filter(state => isRunning(state)).length - paused
  return {
    containers: { running, paused, stopped: all.length - running - paused },
    images: images.records.all().length,
  }
}
