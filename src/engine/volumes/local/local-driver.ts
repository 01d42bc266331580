import { describe } from '../../../base/faults.ts'
import { logger } from '../../../base/log.ts'
import { step } from '../../../base/steps.ts'
import { parseMountOptions } from '../../../formats/mount-spec/mount-options.ts'
import { mountOnHost } from '../../../host/mounts/mount-request.ts'
import { mountsBelow, readMountTable } from '../../../host/mounts/mount-table.ts'
import { hasCode } from '../../../host/syscalls/call.ts'
import { UNMOUNT, unmount } from '../../../host/syscalls/mount.ts'
import type { VolumeDescription, VolumeDriver } from '../driver.ts'
import { volumeFaults } from '../faults.ts'
import { checkVolumeName } from '../names.ts'
import type { Volume, VolumeOptions } from '../volume.ts'
import { type LocalMount, readLocalOptions } from './local-options.ts'
import { withAddress } from './network-address.ts'
import { VolumeDirectories } from './volume-directories.ts'

const log = logger('volumes')

/**
 * Volumes below `root`, each a directory. One with a type and a device has that mounted on its directory from its first
 * user to its last; whether it is mounted is what the kernel says, so that a daemon that was killed leaves no doubt.
 */
export class LocalDriver implements VolumeDriver {
  readonly name = 'local'
  readonly directories: VolumeDirectories
  readonly #users = new Map<string, Set<string>>()

  constructor(root: string) {
    this.directories = new VolumeDirectories(root)
  }

  async create(name: string, options: VolumeOptions): Promise<void> {
    checkVolumeName(name)
    readLocalOptions(name, options)
    await this.directories.make(name)
  }

  /** Moved out of sight, then forgotten, then deleted: whatever step it is cut off at, the next start ends it. */
  async remove({ name }: Volume, forget: () => void): Promise<void> {
    this.#refuseMounted(name)
    const away = await this.directories.moveAway(name)
    forget()
    if (away !== undefined) await this.directories.deleteAway(away)
  }

  async describe(volume: Volume): Promise<VolumeDescription> {
    return { mountpoint: this.path(volume.name), scope: 'local' }
  }

  path(name: string): string {
    return this.directories.data(name)
  }

  async mount(volume: Volume, user: string): Promise<string> {
    const path = this.path(volume.name)
    const { mount } = readLocalOptions(volume.name, volume.options ?? {})
    if (!mount) return path
    if (!this.#isMounted(volume.name)) await this.#mount(mount, path)
    this.adopt(volume, user)
    return path
  }

  async unmount({ name }: Volume, user: string): Promise<void> {
    const users = this.#users.get(name)
    if (!users?.delete(user) || users.size > 0) return
    this.#users.delete(name)
    detach(this.path(name))
  }

  adopt({ name, options }: Volume, user: string): void {
    if (!options) return
    const users = this.#users.get(name) ?? new Set()
    this.#users.set(name, users.add(user))
  }

  /** After everyone who still uses one has been adopted: what nobody uses any more is unmounted. */
  unmountUnused(volumes: readonly Volume[]): void {
    const table = readMountTable()
    const unused = volumes.filter(({ name, options }) => options && !this.#users.has(name))
    for (const { name } of unused.filter(({ name }) => mountsBelow(this.path(name), table).length > 0)) {
      detach(this.path(name))
    }
  }

  async #mount(asked: LocalMount, path: string): Promise<void> {
    try {
      const { type, device, options } = await withAddress(asked)
      step()
      await mountOnHost({ device, target: path, type, ...parseMountOptions(options) })
    } catch (failure) {
      const isMount = (failure as { code?: string }).code === 'MOUNT_FAILED'
      const why = isMount ? `failed to mount local volume: ${describe(failure)}` : describe(failure)
      throw volumeFaults.MOUNT(path, why, { cause: failure })
    }
  }

  #isMounted(name: string): boolean {
    const path = this.path(name)
    return readMountTable().some(({ point }) => point === path)
  }

  /** What is mounted below it is not the volume's: its removal must not reach through. */
  #refuseMounted(name: string): void {
    const path = this.path(name)
    if (!this.#users.has(name) && this.#isMounted(name)) detach(path)
    const left = mountsBelow(path, readMountTable())[0]
    if (left) throw volumeFaults.STILL_MOUNTED(name, left.point)
  }
}

/** From the host's view; who still has it open keeps it until the end. */
function detach(path: string): void {
  try {
    unmount(path, UNMOUNT.DETACH | UNMOUNT.NO_FOLLOW)
  } catch (failure) {
    if (!hasCode(failure, 'EINVAL', 'ENOENT')) {
      log.warn('a volume could not be unmounted', { path, error: describe(failure) })
    }
  }
}
