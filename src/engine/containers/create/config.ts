import type { Fault } from '../../../base/faults.ts'
import type { HealthConfig } from '../../../formats/engine-api/common.ts'
import type { ContainerConfig, HostConfig } from '../../../formats/engine-api/container.ts'
import { HEALTH_ACTIONS, parseHealthTest } from '../../../formats/health-test/health-test.ts'
import { cleanPath } from '../../../formats/mount-spec/bind.ts'
import { parsePort } from '../../../formats/ports/ports.ts'
import { parseSignal } from '../../../formats/signals/signals.ts'
import { createFaults } from './faults.ts'

const LONGEST_HOSTNAME = 64
const SHORTEST_HEALTH_NS = 1_000_000
const HEALTH_TIMES = ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const

/** Checks what does not depend on the host; comes back with the working directory cleaned. Throws createFaults. */
export function checkConfig(config: ContainerConfig, hostConfig: HostConfig): ContainerConfig {
  checkNames(config, hostConfig)
  if (config.StopSignal && parseSignal(config.StopSignal) === undefined) throw createFaults.SIGNAL(config.StopSignal)
  for (const entry of config.Env ?? []) if (entry === '' || entry.startsWith('=')) throw createFaults.ENV(entry)
  for (const port of Object.keys(config.ExposedPorts ?? {})) if (!parsePort(port)) throw createFaults.PORT(port)
  const complaint = config.Healthcheck && healthComplaint(config.Healthcheck)
  if (complaint) throw complaint
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

/** What is wrong with a health check. */
export function healthComplaint(health: HealthConfig): Fault | undefined {
  const short = HEALTH_TIMES.find(field => health[field] && health[field] < SHORTEST_HEALTH_NS)
  if (short) return createFaults.HEALTH_SHORT(short)
  if ((health.Retries ?? 0) < 0) return createFaults.HEALTH_RETRIES()
  if (!ACTIONS.includes(health.OnFailure ?? '')) return createFaults.HEALTH_ACTION(String(health.OnFailure))
  return testComplaint(health)
}

const ACTIONS: readonly string[] = ['', ...HEALTH_ACTIONS]

function testComplaint(health: HealthConfig): Fault | undefined {
  try {
    parseHealthTest(health)
    return undefined
  } catch (cause) {
    return createFaults.HEALTH_TEST((cause as Error).message, { cause })
  }
}
