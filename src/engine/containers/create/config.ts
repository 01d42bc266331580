import type { HealthConfig } from '../../../formats/engine-api/common.ts'
import type { ContainerConfig, HostConfig } from '../../../formats/engine-api/container.ts'
import { cleanPath } from '../../../formats/mount-spec/bind.ts'
import { parsePort } from '../../../formats/ports/ports.ts'
import { parseSignal } from '../../../formats/signals/signals.ts'
import { createFaults } from './faults.ts'

const LONGEST_HOSTNAME = 64
const SHORTEST_HEALTH_NS = 1_000_000

/** Checks what does not depend on the host; comes back with the working directory cleaned. Throws createFaults. */
export function checkConfig(config: ContainerConfig, hostConfig: HostConfig): ContainerConfig {
  checkNames(config, hostConfig)
  if (config.StopSignal && parseSignal(config.StopSignal) === undefined) throw createFaults.SIGNAL(config.StopSignal)
  for (const entry of config.Env ?? []) if (entry === '' || entry.startsWith('=')) throw createFaults.ENV(entry)
  for (const port of Object.keys(config.ExposedPorts ?? {})) if (!parsePort(port)) throw createFaults.PORT(port)
  checkHealth(config.Healthcheck)
  return { ...config, WorkingDir: workingDirectory(config.WorkingDir) }
}

/** Both end up in files and kernel settings that a line break would forge. */
function checkNames({ Hostname = '', Domainname = '' }: ContainerConfig, { UTSMode }: HostConfig): void {
  if (UTSMode === 'host' && Hostname !== '') throw createFaults.UTS_CONFLICT()
  if (Buffer.byteLength(Hostname) > LONGEST_HOSTNAME) throw createFaults.HOSTNAME_LONG(Hostname)
  if (/[\s\x00-\x1f\x7f]/.test(Hostname)) throw createFaults.HOSTNAME('hostname', Hostname)
  if (/[\s\x00-\x1f\x7f]/.test(Domainname) || Buffer.byteLength(Domainname) > LONGEST_HOSTNAME) {
    throw createFaults.HOSTNAME('domainname', Domainname)
  }
}

function workingDirectory(path: string | undefined): string {
  if (!path) return ''
  if (!path.startsWith('/')) throw createFaults.WORKING_DIR(path)
  return cleanPath(path)
}

function checkHealth(health: HealthConfig | null | undefined): void {
  if (!health) return
  for (const field of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const value = health[field]
    if (value && value < SHORTEST_HEALTH_NS) throw createFaults.HEALTH_SHORT(field)
  }
  if ((health.Retries ?? 0) < 0) throw createFaults.HEALTH_RETRIES()
}
