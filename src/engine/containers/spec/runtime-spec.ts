import type { Resources } from '../../../formats/engine-api/container.ts'
import { cleanPath } from '../../../formats/mount-spec/bind.ts'
import type { OciResources, OciRuntimeSpec } from '../../../formats/oci-runtime/spec.ts'
import type { ContainerRecord } from '../container.ts'
import { devicesOf } from './devices.ts'
import { mountsOf } from './mounts.ts'
import { namespacesOf } from './namespaces.ts'
import { initProcess } from './process.ts'
import { resourcesOf } from './resources.ts'
import { seccompOf } from './seccomp.ts'
import type { Surroundings } from './surroundings.ts'
import { sysctlsOf } from './sysctls.ts'

/**
 * What the OCI runtime is told about a container at its start. Nothing of the image's labels gets in; annotations are the
 * user's, checked at create, and the engine's own. Reads the host (devices, kinds of mount sources). Throws createFaults
 * for devices that are not there, seccompFaults if a filter cannot be made: a container never starts without it.
 */
export function runtimeSpec(container: ContainerRecord, around: Surroundings): OciRuntimeSpec {
  const { config, hostConfig } = container
  const process = initProcess(container, around)
  const { seccomp, annotations } = seccompOf(container, around, process.capabilities.bounding)
  const { devices, rules } = devicesOf(hostConfig)
  return {
    ociVersion: '1.0.2',
    process,
    root: { path: around.rootfs, readonly: hostConfig.ReadonlyRootfs ?? false },
    ...(hostConfig.UTSMode !== 'host' && config.Hostname && { hostname: config.Hostname }),
    mounts: mountsOf(container, around),
    annotations: { ...hostConfig.Annotations, ...annotations },
    linux: {
      namespaces: namespacesOf(container, around),
      devices,
      cgroupsPath: cgroupsPath(container, around.cgroupParent),
      resources: { ...limitsAtStart(hostConfig), devices: rules },
      sysctl: sysctlsOf(container, around.host),
      ...(seccomp && { seccomp }),
      ...rootPropagation(container),
      maskedPaths: hostConfig.MaskedPaths ?? [],
      readonlyPaths: hostConfig.ReadonlyPaths ?? [],
    },
  }
}

/** Below the mounts of the cgroup controllers: `/berth/<id>`. */
export const cgroupsPath = ({ id, hostConfig }: ContainerRecord, parent: string): string =>
  `${cleanPath(hostConfig.CgroupParent || parent)}/${id}`.replace(/^\/\//, '/')

/** The root has to let through what one of its mounts is to share. */
function rootPropagation({ mounts }: ContainerRecord): { rootfsPropagation?: string } {
  const kinds = mounts.map(({ propagation }) => propagation)
  if (kinds.some(kind => kind === 'shared' || kind === 'rshared')) return { rootfsPropagation: 'shared' }
  return kinds.some(kind => kind === 'slave' || kind === 'rslave') ? { rootfsPropagation: 'rslave' } : {}
}

/** The spec as JSON text; numbers beyond 2^53 (unlimited rlimits, seccomp values) are written exactly. */
export function printSpec(spec: unknown): string {
  return JSON.stringify(spec, (_key, value) => (typeof value === 'bigint' ? exact(value) : value))
}

/** Part of JavaScript since ES2026; the compiler's library does not have it yet. */
const exact = (value: bigint): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(`${value}`)

/** A new cgroup has no limit of processes; crun 1.8.1 writes a `-1` for it as it is, which the kernel refuses. */
function limitsAtStart(hostConfig: Resources): OciResources {
  const resources = resourcesOf(hostConfig)
  return resources.pids && resources.pids.limit < 0 ? { ...resources, pids: undefined } : resources
}
