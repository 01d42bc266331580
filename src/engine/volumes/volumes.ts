import { describe, hasKind } from '../../base/faults.ts'
import { newId } from '../../base/ids.ts'
import { KeyedLock } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'
import type { Database } from '../../store/database/database.ts'
import type { Events } from '../events/events.ts'
import { type CopyUp, fillVolume } from './copy-up.ts'
import { VolumeDrivers } from './drivers.ts'
import { volumeFaults } from './faults.ts'
import { LocalDriver } from './local/local-driver.ts'
import type { PluginDirectories } from './plugins/plugin-files.ts'
import { VolumePlugins } from './plugins/volume-plugins.ts'
import { type Pruned, type PruneQuery, pruneVolumes } from './prune.ts'
import { ANONYMOUS_LABEL, type Labels, type VolumeOptions, type VolumeShown } from './volume.ts'
import { type ListedVolume, VolumeCatalog } from './volume-catalog.ts'
import { VolumeUse } from './volume-use.ts'

const log = logger('volumes')

export type VolumesNeeds = {
  database: Database
  events: Pick<Events, 'emit'>
  /** dataRoot/volumes. */
  root: string
  plugins: PluginDirectories
  copyUp: CopyUp
  /** Bytes in the files below a directory. */
  measure: (directory: string) => Promise<number>
}

/** What a container asks to be there before it is. */
export type WantedVolume = {
  name: string
  anonymous: boolean
  labels: Labels
  /** '' or absent: that of the volume if it is there, else `local`. */
  driver?: string
  options?: VolumeOptions
  /** The place in the image whose content an empty volume begins with; absent: none. */
  copyFrom?: string
}
/** What came of it: `source` is '' for a volume whose plugin says where it is only when it is mounted. */
export type HeldVolume = { driver: string; source: string }

export type VolumeCreate = {
  name?: string
  driver?: string
  labels?: Labels
  driverOptions?: VolumeOptions
}

/** The volumes of one daemon. A volume lives until it is removed; while a container holds it (runs or not) it cannot be. */
export class Volumes {
  /** While they are mounted. */
  readonly use: VolumeUse
  readonly #catalog: VolumeCatalog
  readonly #needs: VolumesNeeds
  /** By name: creation, filling, mounting and removal of one volume follow each other. */
  readonly #locks = new KeyedLock()
  #isPruning = false

  constructor(needs: VolumesNeeds) {
    this.#needs = needs
    const drivers = new VolumeDrivers(new LocalDriver(needs.root), new VolumePlugins(needs.plugins))
    this.#catalog = new VolumeCatalog({ ...needs, drivers })
    this.use = new VolumeUse(this.#catalog, this.#locks, needs.events)
  }

  /** Idempotent: one that is there comes back as it is, whatever else was asked, but for another driver. Without a name: an anonymous one. */
  async create({ name, driver = '', labels, driverOptions }: VolumeCreate): Promise<VolumeShown> {
    const given = name || newId()
    const wanted = {
      name: given,
      driver,
      options: driverOptions ?? null,
      labels: name ? (labels ?? null) : { ...labels, [ANONYMOUS_LABEL]: '' },
      anonymous: !name,
    }
    return await this.#catalog.show(await this.#locks.run(given, () => this.#catalog.ensure(wanted)))
  }

  list(): Promise<{ volumes: ListedVolume[]; warnings: string[] }> {
    return this.#catalog.list()
  }

  /** Those of the local driver. */
  listLocal(): ListedVolume[] {
    return this.#catalog.listLocal()
  }

  async inspect(name: string): Promise<VolumeShown> {
    return await this.#catalog.show(await this.#catalog.get(name))
  }

  /** Names of drivers, for `docker info`. */
  driverNames(): Promise<string[]> {
    return this.#catalog.drivers.names()
  }

  /** Throws 404, and 409 while containers hold it. `force` is content with one that is not there, or that its plugin does not have any more. */
  async remove(name: string, force = false): Promise<void> {
    await this.#locks.run(name, async () => {
      const volume = force ? await this.#catalog.find(name) : await this.#catalog.get(name)
      if (!volume) return
      const holders = this.#catalog.table.holders(name)
      if (holders.length > 0) throw volumeFaults.IN_USE(name, holders)
      await this.#catalog.destroy(volume, force)
    })
  }

  async sizeOf(name: string): Promise<number> {
    return await this.#needs.measure(this.#catalog.drivers.local.path(name))
  }

  /** Throws 409 while another prune is under way. */
  async prune(query: PruneQuery): Promise<Pruned> {
    if (this.#isPruning) throw volumeFaults.PRUNING()
    this.#isPruning = true
    try {
      const pruned = await pruneVolumes(
        { list: () => this.#catalog.listLocal(), sizeOf: name => this.sizeOf(name), remove: name => this.remove(name) },
        query,
      )
      if (!query.isTrial) this.#needs.events.emit('volume', 'prune', '', { reclaimed: String(pruned.bytes) })
      return pruned
    } finally {
      this.#isPruning = false
    }
  }

  /** Creates those that are not there, fills the empty ones from the image, and holds all of them for the container. Safe to repeat. */
  async hold(
    containerId: string,
    wanted: readonly WantedVolume[],
    layers: string[] = [],
  ): Promise<Map<string, HeldVolume>> {
    const held = new Map<string, HeldVolume>()
    for (const one of wanted) {
      held.set(one.name, await this.#locks.run(one.name, () => this.#holdOne(containerId, one, layers)))
    }
    return held
  }

  /** Lets go of all that the container holds; with `removeAnonymous` those made for it alone go too. Safe to repeat. */
  async release(containerId: string, { removeAnonymous }: { removeAnonymous: boolean }): Promise<void> {
    const held = this.#catalog.table.heldBy(containerId)
    this.#catalog.table.letGo(containerId)
    if (!removeAnonymous) return
    for (const { name } of held.filter(({ anonymous }) => anonymous)) await this.#removeUnlessUsed(name)
  }

  /**
   * Makes table and disk agree after a start: removals that were cut off are finished, directories without a row become
   * volumes again (they hold somebody's data), rows without a directory get an empty one. `containers` are all there are.
   */
  async recover(containers: ReadonlySet<string>): Promise<void> {
    const { directories } = this.#catalog.drivers.local
    await directories.sweep()
    const found = await directories.names()
    for (const name of found) this.#catalog.adopt(name)
    for (const { name, driver } of this.#catalog.table.all()) {
      if (driver !== 'local') continue
      if (!found.includes(name)) log.warn('a volume had lost its directory; it begins anew, empty', { volume: name })
      await directories.make(name)
    }
    for (const holder of this.#catalog.table.allHolders()) {
      if (!containers.has(holder)) await this.release(holder, { removeAnonymous: true })
    }
  }

  async #holdOne(containerId: string, wanted: WantedVolume, layers: string[]): Promise<HeldVolume> {
    const { name, anonymous, driver = '', options = null, copyFrom } = wanted
    const labels = anonymous ? { ...wanted.labels, [ANONYMOUS_LABEL]: '' } : wanted.labels
    const isLabelled = Object.keys(labels).length > 0
    const volume = await this.#catalog.ensure({ name, anonymous, driver, options, labels: isLabelled ? labels : null })
    const isUsed = this.#catalog.table.holders(name).some(holder => holder !== containerId)
    this.#catalog.table.hold(name, containerId)
    const { local } = this.#catalog.drivers
    if (volume.driver !== 'local') return { driver: volume.driver, source: '' }
    if (copyFrom !== undefined && layers.length > 0) {
      const source = { layers, path: copyFrom }
      await fillVolume(local, { volume, source, copyUp: this.#needs.copyUp, isUsed })
    }
    return { driver: 'local', source: local.path(name) }
  }

  async #removeUnlessUsed(name: string): Promise<void> {
    try {
      await this.remove(name, true)
    } catch (failure) {
      if (hasKind(failure, 'conflict')) return
      log.warn('an anonymous volume could not be removed', { volume: name, error: describe(failure) })
    }
  }
}
