import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../host/syscalls/call.ts'
import { MOUNT, mount, UNMOUNT, unmount } from '../../host/syscalls/mount.ts'
import { type ContainerContext, pathsOf } from './context.ts'
import type { LiveContainer } from './live-container.ts'

/**
 * The /dev/shm of a container whose IPC others may join: a mount of the host that each of them binds. Private memory needs
 * none, the runtime mounts it inside.
 */
export function mountSharedMemory(context: ContainerContext, container: LiveContainer): string | undefined {
  const { IpcMode, ShmSize } = container.record.hostConfig
  if (IpcMode !== 'shareable') return undefined
  const target = pathOf(context, container)
  unmountSharedMemory(context, container)
  mkdirSync(target, { recursive: true })
  const flags = MOUNT.NO_SUID | MOUNT.NO_EXEC | MOUNT.NO_DEVICES
  mount({ source: 'shm', target, type: 'tmpfs', flags, data: `mode=1777,size=${ShmSize}` })
  return target
}

/** That of a container that runs, for one that joins it. */
export const sharedMemoryOf = (context: ContainerContext, container: LiveContainer): string | undefined =>
  container.record.hostConfig.IpcMode === 'shareable' ? pathOf(context, container) : undefined

/** Those who joined keep it for as long as they run. */
export function unmountSharedMemory(context: ContainerContext, container: LiveContainer): void {
  if (container.record.hostConfig.IpcMode !== 'shareable') return
  try {
    unmount(pathOf(context, container), UNMOUNT.DETACH | UNMOUNT.NO_FOLLOW)
  } catch (failure) {
    if (!hasCode(failure, 'EINVAL', 'ENOENT')) throw failure
  }
}

const pathOf = (context: ContainerContext, container: LiveContainer): string =>
  join(pathsOf(context, container).bundle, 'shm')
