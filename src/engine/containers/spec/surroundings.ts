import type { DaemonDefaults } from '../create/daemon-defaults.ts'
import type { HostFacts } from './host-facts.ts'
import type { ResolvedUser } from './resolved-user.ts'

/** What a spec needs to know besides the container itself. Paths are the host's. */
export type Surroundings = {
  /** Where the root is (or will be) mounted. */
  rootfs: string
  /** The network namespace to join; undefined: the host's own. */
  namespacePath?: string
  /** Mounted over /etc/hosts, /etc/hostname and /etc/resolv.conf. */
  files: { hosts: string; hostname: string; resolvConf: string }
  user: ResolvedUser
  /** Namespaces of another container: `/proc/PID/ns/pid`. `shm` is its /dev/shm on the host, if it has one there. */
  join: { pid?: string; ipc?: string; shm?: string }
  host: HostFacts
  /** What writes filters in its own way: crun takes them compiled. */
  runtime: 'crun' | 'runc'
  /** Of the instance: `/berth`. HostConfig.CgroupParent wins. */
  cgroupParent: string
  defaults: Pick<DaemonDefaults, 'ulimits' | 'noNewPrivileges' | 'hardened' | 'init' | 'seccomp'>
  /** The init program on the host for --init, e.g. /usr/bin/tini-static; undefined if this machine has none. */
  init?: string
  /** What links tell of other containers; the container's own variables win. */
  linkEnvironment?: string[]
}
