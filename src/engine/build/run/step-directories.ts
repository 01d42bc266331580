import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instance } from '../../../base/instance.ts'
import { step } from '../../../base/steps.ts'
import { hasCode } from '../../../host/syscalls/call.ts'
import { UNMOUNT, unmount } from '../../../host/syscalls/mount.ts'
import { removeDirectory } from '../../../store/tree/remove-directory.ts'

/** Where one step works: on the disk what it writes, in memory what its runtime needs. */
export class StepDirectories {
  readonly data: string
  readonly exec: string
  readonly #mounts: string[] = []

  constructor(instance: Instance, id: string) {
    this.data = join(stepsOf(instance), id)
    this.exec = join(instance.execRoot, 'build', id)
    step()
    for (const path of [this.upper, this.work, this.rootfs]) mkdirSync(path, { recursive: true, mode: 0o755 })
  }

  get upper(): string {
    return join(this.data, 'upper')
  }
  get work(): string {
    return join(this.data, 'work')
  }
  get rootfs(): string {
    return join(this.exec, 'rootfs')
  }

  /** An empty directory to mount at; unmounted when the step is over. */
  mountpoint(name: string): string {
    const path = join(this.exec, name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    this.#mounts.push(path)
    return path
  }

  /** To be unmounted when the step is over. */
  mounted(path: string): void {
    this.#mounts.push(path)
  }

  /** An empty directory on the disk. */
  directory(name: string): string {
    const path = join(this.data, name)
    mkdirSync(path, { recursive: true, mode: 0o755 })
    return path
  }

  async remove(): Promise<void> {
    for (const path of this.#mounts.reverse()) unmountIfThere(path)
    await rm(this.exec, { recursive: true, force: true })
    await removeDirectory(this.data)
  }
}

export const stepsOf = ({ dataRoot }: Instance): string => join(dataRoot, 'build', 'steps')

export function unmountIfThere(path: string): void {
  try {
    unmount(path, UNMOUNT.DETACH | UNMOUNT.NO_FOLLOW)
  } catch (failure) {
    if (!hasCode(failure, 'EINVAL', 'ENOENT')) throw failure
  }
}
