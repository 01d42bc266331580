import type { OciNamespace } from '../../../formats/oci-runtime/spec.ts'
import type { ContainerRecord } from '../container.ts'
import type { Surroundings } from './surroundings.ts'

/** The namespaces of a container: its own, or those of the host (left out) or of another container (by path). */
export function namespacesOf({ hostConfig, config }: ContainerRecord, around: Surroundings): OciNamespace[] {
  const { PidMode, IpcMode, UTSMode, CgroupnsMode } = hostConfig
  return [
    { type: 'mount' },
    ...network(config.NetworkDisabled ?? false, around.namespacePath),
    ...(UTSMode === 'host' ? [] : [{ type: 'uts' } as const]),
    ...own('pid', PidMode, around.join.pid),
    ...own('ipc', IpcMode, around.join.ipc),
    ...(CgroupnsMode === 'private' ? [{ type: 'cgroup' } as const] : []),
  ]
}

/** NetworkDisabled: a namespace with nothing in it. */
function network(disabled: boolean, path: string | undefined): OciNamespace[] {
  if (disabled) return [{ type: 'network' }]
  return path === undefined ? [] : [{ type: 'network', path }]
}

function own(type: 'pid' | 'ipc', mode: string | undefined, joined: string | undefined): OciNamespace[] {
  if (mode === 'host') return []
  if (!mode?.startsWith('container:')) return [{ type }]
  if (joined === undefined) throw new Error(`the ${type} namespace of ${mode} was not looked up`)
  return [{ type, path: joined }]
}
