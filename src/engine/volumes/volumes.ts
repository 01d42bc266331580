import { describe, hasKind } from '../../base/faults.ts'
import { newId } from '../../base/ids.ts'
import { KeyedLock } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'
import type { Database } from '../../store/database/database.ts'
import type { Events } from '../events/events.ts'
import { volumeFaults } from './faults.ts'
import { checkVolumeName } from './names.ts'
import { type Pruned, type PruneQuery, pruneVolumes } from './prune.ts'
import { ANONYMOUS_LABEL, type Volume, type VolumeShown } from './volume.ts'
import { VolumeDirectories } from './volume-directories.ts'
import { VolumeTable } from './volume-table.ts'

const log = logger('volumes')

export type VolumesNeeds = {
  database: Database
  events: Pick<Events, 'emit'>
  /** dataRoot/volumes. */
  root: string
  copyUp: CopyUp
  /** Bytes in the files below a directory. */
  measure: (directory: string) => Promise<number>
}

/**
 * Copies what the layers (topmost first, as overlayfs stacks them) have at `path` into an empty directory, with owners,
 * modes, times and attributes; the directory itself gets those of the one copied. Never leaves the layers, whatever their
 * links say [CVE-2022-23648]. Nothing happens if there is no directory at the path.
 */
export type CopyUp = (source: { layers: string[]; path: string }, into: string) => Promise<void>

/** What a container asks to be there before it is. */
export type WantedVolume = {
  name: string
  anonymous: boolean
  labels: Record<string, string>
  /** The place in the image whose content an empty volume begins with; absent: none. */
  copyFrom?: string
}

export type VolumeCreate = {
  name?: string
  driver?: string
  labels?: Record<string, string>
  driverOptions?: Record<string, string>
}

/** The volumes of one daemon. A volume lives until it is removed; while a container holds it (runs or not) it cannot be. */
export class Volumes {
  readonly #table: VolumeTable
  readonly #directories: VolumeDirectories
  readonly #needs: VolumesNeeds
  /** By name: creation, filling and removal of one volume follow each other. */
  readonly #locks = new KeyedLock()
  #isPruning = false

  constructor(needs: VolumesNeeds) {
    this.#needs = needs
    this.#table = new VolumeTable(needs.database)
    this.#directories = new VolumeDirectories(needs.root)
  }

  /** Idempotent: one that is there comes back as it is, whatever else was asked. Without a name: an anonymous one. */
  async create({ name, driver = 'local', labels, driverOptions }: VolumeCreate): Promise<VolumeShown> {
    const given = name || newId()
    if (driver !== '' && driver !== 'local') throw volumeFaults.DRIVER(given, driver)
    checkVolumeName(given)
    if (Object.keys(driverOptions ?? {}).length > 0) throw volumeFaults.OPTIONS_LATER(given)
    const wanted = name ? (labels ?? null) : { ...labels, [ANONYMOUS_LABEL]: '' }
    return this.#shown(await this.#locks.run(given, () => this.#ensure(given, wanted, !name)))
  }

  /** `holders`: how many containers hold it. */
  list(): { volume: Volume; shown: VolumeShown; holders: number }[] {
    return this.#table.all().map(volume => ({
      volume,
      shown: this.#shown(volume),
      holders: this.#table.holders(volume.name).length,
    }))
  }

  inspect(name: string): VolumeShown {
    return this.#shown(this.#get(name))
  }

  /** Throws 404, and 409 while containers hold it. `force` is content with one that is not there. */
  async remove(name: string, force = false): Promise<void> {
    await this.#locks.run(name, async () => {
      if (force && !this.#table.find(name)) return
      this.#get(name)
      const holders = this.#table.holders(name)
      if (holders.length > 0) throw volumeFaults.IN_USE(name, holders)
      await this.#destroy(name)
    })
  }

  async sizeOf(name: string): Promise<number> {
    return await this.#needs.measure(this.#directories.data(name))
  }

  /** Throws 409 while another prune is under way. */
  async prune(query: PruneQuery): Promise<Pruned> {
    if (this.#isPruning) throw volumeFaults.PRUNING()
    this.#isPruning = true
    try {
      const pruned = await pruneVolumes(this, query)
      if (!query.isTrial) this.#needs.events.emit('volume', 'prune', '', { reclaimed: String(pruned.bytes) })
      return pruned
    } finally {
      this.#isPruning = false
    }
  }

  /** Creates those that are not there, fills the empty ones from the image, and holds all of them for the container. Safe to repeat. */
  async hold(containerId: string, wanted: readonly WantedVolume[], layers: string[] = []): Promise<void> {
    for (const { name, anonymous, labels, copyFrom } of wanted) {
      await this.#locks.run(name, async () => {
        const given = anonymous ? { ...labels, [ANONYMOUS_LABEL]: '' } : Object.keys(labels).length > 0 ? labels : null
        await this.#ensure(name, given, anonymous)
        const isUsed = this.#table.holders(name).some(holder => holder !== containerId)
        this.#table.hold(name, containerId)
        if (copyFrom !== undefined && layers.length > 0) await this.#fill(name, { layers, path: copyFrom }, isUsed)
      })
    }
  }

  /** Lets go of all that the container holds; with `removeAnonymous` those made for it alone go too. Safe to repeat. */
  async release(containerId: string, { removeAnonymous }: { removeAnonymous: boolean }): Promise<void> {
    const held = this.#table.heldBy(containerId)
    this.#table.letGo(containerId)
    if (!removeAnonymous) return
    for (const { name } of held.filter(({ anonymous }) => anonymous)) await this.#removeUnlessUsed(name)
  }

  /** Tells that a container that starts has mounted its volumes. */
  mounted(containerId: string, mounts: readonly MountedVolume[]): void {
    for (const { name, destination, readOnly, propagation } of volumesAmong(mounts)) {
      const writable = String(!readOnly)
      const attributes = { driver: 'local', container: containerId, destination, propagation, 'read/write': writable }
      this.#needs.events.emit('volume', 'mount', name, attributes)
    }
  }

  unmounted(containerId: string, mounts: readonly MountedVolume[]): void {
    for (const { name } of volumesAmong(mounts)) {
      this.#needs.events.emit('volume', 'unmount', name, { driver: 'local', container: containerId })
    }
  }

  /**
   * Makes table and disk agree after a start: removals that were cut off are finished, directories without a row become
   * volumes again (they hold somebody's data), rows without a directory get an empty one. `containers` are all there are.
   */
  async recover(containers: ReadonlySet<string>): Promise<void> {
    await this.#directories.sweep()
    const found = await this.#directories.names()
    for (const name of found) this.#adopt(name)
    for (const { name } of this.#table.all()) {
      if (!found.includes(name)) log.warn('a volume had lost its directory; it begins anew, empty', { volume: name })
      await this.#directories.make(name)
    }
    for (const holder of this.#table.allHolders()) {
      if (!containers.has(holder)) await this.release(holder, { removeAnonymous: true })
    }
  }

  #adopt(name: string): void {
    if (this.#table.find(name) || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return
    log.warn('a directory of a volume was unknown and is one again', { volume: name })
    this.#table.insert({ name, driver: 'local', labels: null, created: now(), anonymous: false })
  }

  #get(name: string): Volume {
    const volume = this.#table.find(name)
    if (!volume) throw volumeFaults.NOT_FOUND(name)
    return volume
  }

  /** The directory first: one without a row is adopted by the next start, a row without it would be a promise broken. */
  async #ensure(name: string, labels: Volume['labels'], anonymous: boolean): Promise<Volume> {
    const known = this.#table.find(name)
    if (known) return known
    checkVolumeName(name)
    await this.#directories.make(name)
    const volume: Volume = { name, driver: 'local', labels, created: now(), anonymous }
    this.#table.insert(volume)
    this.#needs.events.emit('volume', 'create', name, { driver: 'local' })
    return volume
  }

  /** Only an empty volume: what is in it is the user's [CVE-2020-1726]. One that others may have mounted is filled in place. */
  async #fill(name: string, source: { layers: string[]; path: string }, isUsed: boolean): Promise<void> {
    if (!(await this.#directories.isEmpty(name))) return
    const { copyUp } = this.#needs
    if (isUsed) await copyUp(source, this.#directories.data(name))
    else await this.#directories.replaceEmpty(name, directory => copyUp(source, directory))
  }

  async #removeUnlessUsed(name: string): Promise<void> {
    try {
      await this.remove(name, true)
    } catch (failure) {
      if (hasKind(failure, 'conflict')) return
      log.warn('an anonymous volume could not be removed', { volume: name, error: describe(failure) })
    }
  }

  /** Moved out of sight, then forgotten, then deleted: whatever step it is cut off at, the next start ends it. */
  async #destroy(name: string): Promise<void> {
    const away = await this.#directories.moveAway(name)
    this.#table.delete(name)
    this.#needs.events.emit('volume', 'destroy', name, { driver: 'local' })
    if (away !== undefined) await this.#directories.deleteAway(away)
  }

  #shown({ name, labels, created }: Volume): VolumeShown {
    return {
      CreatedAt: created,
      Driver: 'local',
      Labels: labels,
      Mountpoint: this.#directories.data(name),
      Name: name,
      Options: null,
      Scope: 'local',
    }
  }
}

type MountedVolume = { type: string; name?: string; destination: string; readOnly: boolean; propagation: string }

const volumesAmong = (mounts: readonly MountedVolume[]) =>
  mounts.flatMap(mount => (mount.type === 'volume' && mount.name !== undefined ? [{ ...mount, name: mount.name }] : []))

const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`
