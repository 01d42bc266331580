import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { step } from '../../../base/steps.ts'
import { mountsBelow, readMountTable } from '../../../host/mounts/mount-table.ts'
import { hasCode } from '../../../host/syscalls/call.ts'
import { UNMOUNT, unmount } from '../../../host/syscalls/mount.ts'
import { removeDirectory } from '../../../store/tree/remove-directory.ts'

const REMOVING = '.removing-'
const COPYING = 'copying'

/** Where the bytes of volumes are: `<root>/<name>/_data`. Everything whose name begins with a point is on its way out. */
export class VolumeDirectories {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  data(name: string): string {
    return join(this.root, name, '_data')
  }

  /** Nobody but root gets past the outer directories [CVE-2021-41091]. */
  async make(name: string): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o710 })
    step()
    await mkdir(join(this.root, name), { recursive: true, mode: 0o710 })
    step()
    await mkdir(this.data(name), { recursive: true, mode: 0o755 })
    step()
  }

  async names(): Promise<string[]> {
    try {
      const entries = await readdir(this.root, { withFileTypes: true })
      return entries.filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
    } catch (failure) {
      if (hasCode(failure, 'ENOENT')) return []
      throw failure
    }
  }

  /** From now on no restart can find it; its bytes are deleted by `deleteAway`. undefined if there was nothing. */
  async moveAway(name: string): Promise<string | undefined> {
    const away = join(this.root, `${REMOVING}${name.slice(0, 200)}-${randomBytes(4).toString('hex')}`)
    step()
    try {
      await rename(join(this.root, name), away)
      step()
      return away
    } catch (failure) {
      if (hasCode(failure, 'ENOENT')) return undefined
      throw failure
    }
  }

  /** What somebody has mounted below it stays whole: it is unmounted, never deleted. */
  async deleteAway(path: string): Promise<void> {
    for (const { point } of mountsBelow(path, readMountTable()).reverse()) {
      unmount(point, UNMOUNT.DETACH | UNMOUNT.NO_FOLLOW)
    }
    await removeDirectory(path)
    step()
  }

  /** What a daemon that was killed had begun to remove. */
  async sweep(): Promise<void> {
    for (const name of await this.#hidden()) await this.deleteAway(join(this.root, name))
  }

  async #hidden(): Promise<string[]> {
    try {
      return (await readdir(this.root)).filter(name => name.startsWith(REMOVING))
    } catch (failure) {
      if (hasCode(failure, 'ENOENT')) return []
      throw failure
    }
  }

  async isEmpty(name: string): Promise<boolean> {
    return (await readdir(this.data(name))).length === 0
  }

  /**
   * Lets `fill` make the content in a directory of its own and puts that in the place of the empty one, so that a copy
   * that was cut off is never taken for a whole one. Not for a volume that somebody has mounted.
   */
  async replaceEmpty(name: string, fill: (directory: string) => Promise<void>): Promise<void> {
    const copying = join(this.root, name, COPYING)
    await removeDirectory(copying)
    await mkdir(copying, { mode: 0o755 })
    try {
      await fill(copying)
      step()
      await rmdir(this.data(name))
      step()
      await rename(copying, this.data(name))
      step()
    } catch (failure) {
      await removeDirectory(copying)
      await mkdir(this.data(name), { recursive: true, mode: 0o755 })
      throw failure
    }
  }
}
