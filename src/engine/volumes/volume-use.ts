import { describe } from '../../base/faults.ts'
import type { KeyedLock } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'
import type { Events } from '../events/events.ts'
import type { VolumeCatalog } from './volume-catalog.ts'

const log = logger('volumes')

/** Volumes while they are mounted: by containers that run, and by copies. */
export class VolumeUse {
  readonly #catalog: VolumeCatalog
  readonly #locks: KeyedLock
  readonly #events: Pick<Events, 'emit'>

  constructor(catalog: VolumeCatalog, locks: KeyedLock, events: Pick<Events, 'emit'>) {
    this.#catalog = catalog
    this.#locks = locks
    this.#events = events
  }

  /** Makes volumes usable for a container that starts, or for a copy; where each of them is. All of them, or none. */
  async mount(user: string, names: readonly string[]): Promise<Map<string, string>> {
    const paths = new Map<string, string>()
    try {
      for (const name of new Set(names)) {
        paths.set(name, await this.#locks.run(name, () => this.#mountOne(user, name)))
      }
    } catch (failure) {
      await this.unmount(user, [...paths.keys()])
      throw failure
    }
    return paths
  }

  /**
   * Never fails: what cannot be unmounted is told in the log, and unmounted by the next start. It is in line before it first
   * waits, so that a mount that is asked for later comes later.
   */
  async unmount(user: string, names: readonly string[]): Promise<void> {
    await Promise.all([...new Set(names)].map(name => this.#locks.run(name, () => this.#unmountOne(user, name))))
  }

  async #mountOne(user: string, name: string): Promise<string> {
    const volume = await this.#catalog.get(name)
    const driver = await this.#catalog.drivers.find(volume.driver)
    return await driver.mount(volume, user)
  }

  async #unmountOne(user: string, name: string): Promise<void> {
    try {
      const volume = await this.#catalog.find(name)
      const driver = volume && (await this.#catalog.drivers.find(volume.driver))
      await driver?.unmount(volume!, user)
    } catch (failure) {
      log.warn('a volume could not be unmounted', { volume: name, error: describe(failure) })
    }
  }

  /** Tells that a container that starts has mounted its volumes. */
  mounted(containerId: string, mounts: readonly MountedVolume[]): void {
    for (const { name, driver, destination, readOnly, propagation } of volumesAmong(mounts)) {
      const writable = String(!readOnly)
      const attributes = { driver, container: containerId, destination, propagation, 'read/write': writable }
      this.#events.emit('volume', 'mount', name, attributes)
    }
  }

  /** A container has ended. Its volumes are unmounted behind: a plugin that hangs holds nobody back. */
  unmounted(containerId: string, mounts: readonly MountedVolume[]): void {
    const volumes = volumesAmong(mounts)
    for (const { name, driver } of volumes) {
      this.#events.emit('volume', 'unmount', name, { driver, container: containerId })
    }
    void this.unmount(containerId, namesOf(volumes))
  }

  /** Once all containers that run are known: what they have mounted stays, everything else is unmounted. */
  recoverMounts(running: readonly { id: string; mounts: readonly MountedVolume[] }[]): void {
    const { local } = this.#catalog.drivers
    const volumes = this.#catalog.table.all().filter(({ driver }) => driver === 'local')
    const byName = new Map(volumes.map(volume => [volume.name, volume]))
    for (const { id, mounts } of running) {
      for (const name of namesOf(volumesAmong(mounts))) {
        const volume = byName.get(name)
        if (volume) local.adopt(volume, id)
      }
    }
    local.unmountUnused(volumes)
  }
}

export type MountedVolume = {
  type: string
  name?: string
  driver?: string
  destination: string
  readOnly: boolean
  propagation: string
}

const volumesAmong = (mounts: readonly MountedVolume[]) =>
  mounts.flatMap(mount =>
    mount.type === 'volume' && mount.name !== undefined
      ? [{ ...mount, name: mount.name, driver: mount.driver ?? 'local' }]
      : [],
  )

const namesOf = (volumes: readonly { name: string }[]): string[] => volumes.map(({ name }) => name)
