import { describe, Fault } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import type { Database } from '../../store/database/database.ts'
import type { Events } from '../events/events.ts'
import type { VolumeDriver } from './driver.ts'
import type { Found, VolumeDrivers } from './drivers.ts'
import { volumeFaults } from './faults.ts'
import type { Volume, VolumeShown } from './volume.ts'
import { VolumeTable } from './volume-table.ts'

const log = logger('volumes')

export type ListedVolume = { volume: Volume; shown: VolumeShown; holders: number }
type CatalogNeeds = { database: Database; drivers: VolumeDrivers; events: Pick<Events, 'emit'> }

/** Which volumes there are: what the table has, and what plugins know besides. Who changes a volume holds its lock. */
export class VolumeCatalog {
  readonly table: VolumeTable
  readonly drivers: VolumeDrivers
  readonly #events: Pick<Events, 'emit'>

  constructor({ database, drivers, events }: CatalogNeeds) {
    this.table = new VolumeTable(database)
    this.drivers = drivers
    this.#events = events
  }

  /** `holders`: how many containers hold it. Volumes that only their plugins know come last. */
  async list(): Promise<{ volumes: ListedVolume[]; warnings: string[] }> {
    const [known, { volumes: found, warnings }] = [this.table.all(), await this.drivers.list()]
    const counts = this.table.holderCounts()
    const ofPlugins = new Map(found.map(one => [`${one.driver} ${one.name}`, one]))
    const listed = known.map(volume => ({
      volume,
      shown: this.#shown(volume, ofPlugins.get(`${volume.driver} ${volume.name}`)),
      holders: counts.get(volume.name) ?? 0,
    }))
    const names = new Set(known.map(({ name }) => name))
    const others = found.filter(({ name }) => !names.has(name))
    return {
      volumes: [
        ...listed,
        ...others.map(one => ({ volume: foreign(one), shown: this.#shown(foreign(one), one), holders: 0 })),
      ],
      warnings,
    }
  }

  /** Those of the local driver, for who needs no plugin. */
  listLocal(): ListedVolume[] {
    const counts = this.table.holderCounts()
    const local = this.table.all().filter(({ driver }) => driver === 'local')
    return local.map(volume => ({ volume, shown: this.#shown(volume), holders: counts.get(volume.name) ?? 0 }))
  }

  /** A directory of a volume without a row: it may hold somebody's data. */
  adopt(name: string): void {
    if (this.table.find(name) || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return
    log.warn('a directory of a volume was unknown and is one again', { volume: name })
    this.table.insert({ ...foreign({ name, driver: 'local' }), created: now() })
  }

  /** Also one that only a plugin knows. */
  async find(name: string): Promise<Volume | undefined> {
    const known = this.table.find(name)
    if (known) return known
    const found = await this.drivers.search(name)
    return found && foreign(found)
  }

  /** Throws 404. */
  async get(name: string): Promise<Volume> {
    const volume = await this.find(name)
    if (!volume) throw volumeFaults.NOT_FOUND(name)
    return volume
  }

  /** The bytes first: a directory without a row is adopted by the next start, a row without it would be a promise broken. */
  async ensure(wanted: Omit<Volume, 'created'>): Promise<Volume> {
    const { name } = wanted
    const driver = await this.#driverFor(name, wanted.driver)
    const known = wanted.anonymous ? this.table.find(name) : await this.find(name)
    if (known && wanted.driver && known.driver !== driver.name) throw volumeFaults.DRIVER_CONFLICT(name, known.driver)
    if (known) return this.#remembered(known)
    await this.#create(driver, wanted)
    const volume: Volume = { ...wanted, driver: driver.name, created: now() }
    this.table.insert(volume)
    this.#events.emit('volume', 'create', name, { driver: driver.name })
    return volume
  }

  async #driverFor(name: string, driver: string): Promise<VolumeDriver> {
    try {
      return await this.drivers.find(driver)
    } catch (failure) {
      throw createFault(name, failure)
    }
  }

  async #create(driver: VolumeDriver, { name, options }: Omit<Volume, 'created'>): Promise<void> {
    try {
      await driver.create(name, options ?? {})
    } catch (failure) {
      throw driver.name === 'local' ? failure : createFault(name, failure)
    }
  }

  /** One that a plugin had before we knew it has to be known from now on, to be held. */
  #remembered(volume: Volume): Volume {
    if (!this.table.find(volume.name)) this.table.insert({ ...volume, created: volume.created || now() })
    return volume
  }

  async destroy(volume: Volume, force: boolean): Promise<void> {
    const { name } = volume
    const forget = () => {
      this.table.delete(name)
      this.#events.emit('volume', 'destroy', name, { driver: volume.driver })
    }
    try {
      const driver = await this.drivers.find(volume.driver)
      await driver.remove(volume, forget)
    } catch (failure) {
      if (!force || volume.driver === 'local') throw failure
      log.warn('a volume is forgotten that its plugin did not remove', { volume: name, error: describe(failure) })
      forget()
    }
  }

  async show(volume: Volume): Promise<VolumeShown> {
    if (volume.driver === 'local') return this.#shown(volume)
    const driver = await this.drivers.find(volume.driver)
    const { mountpoint, created, status, scope } = await driver.describe(volume)
    const CreatedAt = created ?? volume.created
    return {
      ...this.#shown(volume),
      Mountpoint: mountpoint,
      Scope: scope,
      CreatedAt,
      ...(status && { Status: status }),
    }
  }

  #shown({ name, driver, options, labels, created }: Volume, found?: Found): VolumeShown {
    return {
      CreatedAt: found?.created || created,
      Driver: driver,
      Labels: labels,
      Mountpoint: driver === 'local' ? this.drivers.local.path(name) : (found?.mountpoint ?? ''),
      Name: name,
      Options: options,
      Scope: 'local',
      ...(found?.status && { Status: found.status }),
    }
  }
}

/** The same with the volume's name before it, as Docker has it. */
function createFault(name: string, failure: unknown): unknown {
  if (!(failure instanceof Fault)) return failure
  const { kind, code, hint, message } = failure
  return new Fault(kind, code, `create ${name}: ${message}`, { cause: failure, ...(hint && { hint }) })
}

/** A volume that we have not made ourselves. */
const foreign = ({ name, driver, created = '' }: { name: string; driver: string; created?: string }): Volume => ({
  name,
  driver,
  created,
  options: null,
  labels: null,
  anonymous: false,
})

const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`
