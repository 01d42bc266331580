import type { HostConfig } from '../../../formats/engine-api/container.ts'
import { createFaults } from './faults.ts'

/** Kernel settings that every IPC namespace has its own of. */
const IPC = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
])

/**
 * Only settings of the container's own namespaces. `net/ipv4/x` and `net.ipv4.x` are the same to the kernel; anything that
 * could climb out of the namespaced part, or smuggle in a second setting, is refused [CVE-2022-0811, CVE-2022-0532].
 */
export function checkSysctls(hostConfig: HostConfig): void {
  for (const [name, value] of Object.entries(hostConfig.Sysctls ?? {})) {
    checkName(name, hostConfig)
    if (/[\0\n\r]/.test(value)) throw createFaults.SYSCTL_VALUE(name)
  }
}

function checkName(name: string, hostConfig: HostConfig): void {
  if (!/^[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_*:-]+)+$/.test(name)) throw createFaults.SYSCTL_NOT_NAMESPACED(name)
  const dotted = name.replaceAll('/', '.')
  if (dotted === 'kernel.hostname') throw createFaults.SYSCTL_HOSTNAME(name)
  const [where, isHost] = namespaceOf(dotted, hostConfig)
  if (where === '') throw createFaults.SYSCTL_NOT_NAMESPACED(name)
  if (isHost) throw createFaults.SYSCTL_HOST(name, where)
}

function namespaceOf(dotted: string, hostConfig: HostConfig): ['' | 'UTS' | 'IPC' | 'network', boolean] {
  if (dotted === 'kernel.domainname') return ['UTS', hostConfig.UTSMode === 'host']
  if (IPC.has(dotted) || dotted.startsWith('fs.mqueue.')) return ['IPC', hostConfig.IpcMode === 'host']
  return dotted.startsWith('net.') ? ['network', hostConfig.NetworkMode === 'host'] : ['', false]
}
