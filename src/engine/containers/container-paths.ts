import { join } from 'node:path'
import type { Instance } from '../../base/instance.ts'
import type { ContainerRecord } from './container.ts'

/** The container's cgroup below the root of every hierarchy. */
export const cgroupsPathOf = (
  instance: Instance,
  { id, hostConfig }: Pick<ContainerRecord, 'id' | 'hostConfig'>,
): string => join('/', hostConfig.CgroupParent || instance.cgroupParent, id)

/** Where the parts of one container are. */
export type ContainerPaths = {
  /** On the disk: log, exit file, the files of the network, the writable layer. */
  directory: string
  upper: string
  work: string
  log: string
  exit: string
  hosts: string
  hostname: string
  resolvConf: string
  /** In memory (exec root): what a run needs, gone with it. */
  bundle: string
  rootfs: string
  config: string
  socket: string
  execs: string
}

export function containerPaths(instance: Instance, id: string): ContainerPaths {
  const directory = join(instance.dataRoot, 'containers', id)
  const bundle = join(instance.execRoot, 'containers', id)
  return {
    directory,
    upper: join(directory, 'rw/diff'),
    work: join(directory, 'rw/work'),
    log: join(directory, `${id}-json.log`),
    exit: join(directory, 'exit'),
    hosts: join(directory, 'hosts'),
    hostname: join(directory, 'hostname'),
    resolvConf: join(directory, 'resolv.conf'),
    bundle,
    rootfs: join(bundle, 'rootfs'),
    config: join(bundle, 'config.json'),
    socket: join(bundle, 'monitor.sock'),
    execs: join(bundle, 'exec'),
  }
}
