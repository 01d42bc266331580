import { readFileSync } from 'node:fs'
import { arch, availableParallelism, hostname, machine, release, totalmem } from 'node:os'

/** The machine, as `docker info` and `docker version` tell it. */
export type Machine = {
  kernelVersion: string
  /** `Debian GNU/Linux 12 (bookworm)`. */
  operatingSystem: string
  osVersion: string
  /** As `uname -m` has it: `x86_64`. */
  architecture: string
  /** As Go has it: `amd64`. */
  goArchitecture: string
  processors: number
  memoryBytes: number
  hostname: string
}

const GO_NAME: Record<string, string> = { x64: 'amd64', ia32: '386' }

export function readMachine(): Machine {
  const osRelease = readOsRelease()
  return {
    kernelVersion: release(),
    operatingSystem: osRelease['PRETTY_NAME'] ?? 'Linux',
    osVersion: osRelease['VERSION_ID'] ?? '',
    architecture: machine(),
    goArchitecture: GO_NAME[arch()] ?? arch(),
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    hostname: hostname(),
  }
}

/** Source: os-release(5). */
function readOsRelease(): Record<string, string> {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      const lines = readFileSync(path, 'utf8').matchAll(/^([A-Z_]+)=(["']?)(.*)\2$/gm)
      return Object.fromEntries([...lines].map(([, name = '', , value = '']) => [name, value]))
    } catch {}
  }
  return {}
}
