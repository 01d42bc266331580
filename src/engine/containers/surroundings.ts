import { isRunning } from './container.ts'
import { type ContainerContext, pathsOf } from './context.ts'
import { createFaults } from './create/faults.ts'
import { containerFaults } from './faults.ts'
import { linkEnvironment } from './links.ts'
import type { LiveContainer } from './live-container.ts'
import { networkFilesOf } from './network-request.ts'
import { mountSharedMemory, sharedMemoryOf } from './shared-memory.ts'
import { layeredRoot } from './spec/layered-root.ts'
import type { ResolvedUser } from './spec/resolved-user.ts'
import type { Surroundings } from './spec/surroundings.ts'
import { resolveUser } from './spec/user.ts'

/** What the spec of this start needs to know besides the container itself and its place in the network. */
export function surroundingsOf(context: ContainerContext, container: LiveContainer): Surroundings {
  const { needs } = context
  const { hostConfig } = container.record
  const paths = pathsOf(context, container)
  const runtime = needs.runtimes.get(hostConfig.Runtime ?? '')
  return {
    rootfs: paths.rootfs,
    files: networkFilesOf(context, container.record),
    user: userOf(context, container),
    join: {
      pid: joinedNamespace(context, hostConfig.PidMode, 'pid'),
      ipc: joinedNamespace(context, hostConfig.IpcMode, 'ipc'),
      shm: sharedMemory(context, container),
    },
    host: needs.defaults.host,
    runtime: runtime.takesBpf ? 'crun' : 'runc',
    cgroupParent: needs.instance.cgroupParent,
    defaults: needs.defaults,
    init: needs.init,
    linkEnvironment: linkEnvironment(context, container.record),
  }
}

function sharedMemory(context: ContainerContext, container: LiveContainer): string | undefined {
  const given = /^container:(.+)$/.exec(container.record.hostConfig.IpcMode ?? '')?.[1]
  if (given === undefined) return mountSharedMemory(context, container)
  return sharedMemoryOf(context, context.table.resolve(given))
}

/** By the files of its own root, which nothing writes to while it does not run. Throws userFaults. */
export function userOf(context: ContainerContext, container: LiveContainer): ResolvedUser {
  const { config, hostConfig, diffIds } = container.record
  const { upper } = pathsOf(context, container)
  const root = layeredRoot([upper, ...context.needs.layers.lower(diffIds)])
  return resolveUser(root, config.User ?? '', hostConfig.GroupAdd ?? [])
}

/** `/proc/PID/ns/pid` of the container that `container:<id>` names, which has to run. */
function joinedNamespace({ table }: ContainerContext, mode: string | undefined, kind: string): string | undefined {
  const given = /^container:(.+)$/.exec(mode ?? '')?.[1]
  if (given === undefined) return undefined
  const { record } = table.resolve(given)
  if (!isRunning(record.state)) throw containerFaults.JOIN_NOT_RUNNING(kind, record.id)
  const { IpcMode } = record.hostConfig
  if (kind === 'ipc' && (IpcMode === 'private' || IpcMode === 'none')) throw createFaults.JOIN_IPC(record.id)
  return `/proc/${record.state.pid}/ns/${kind}`
}
