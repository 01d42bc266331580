import { readdirSync, readFileSync } from 'node:fs'
import type { Engine } from '../engine.ts'
import { IMAGE, type Measure } from '../measure.ts'

const CONTAINERS = 20

/** The memory of the engine's own processes (not of what runs in containers), as proportional set size in MB. */
function engineMemory(engine: Engine): number {
  const mine = readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && belongs(pid, engine.name))
  return mine.reduce((total, pid) => total + proportionalKiB(pid), 0) / 1024
}

const OWN = { berth: /berth/, peer: /dockerd|containerd|docker-proxy/ } as Record<string, RegExp>

function belongs(pid: string, name: string): boolean {
  const command = read(`/proc/${pid}/cmdline`).split('\0')[0] ?? ''
  return (OWN[name] ?? /$^/).test(command) && !/bench/.test(command)
}

const proportionalKiB = (pid: string): number =>
  Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

export const memoryMeasures: Measure[] = [
  {
    name: 'memory_idle',
    what: 'memory of the engine without a container',
    rounds: 3,
    unit: 'MB',
    once: async engine => engineMemory(engine),
  },
  {
    name: 'memory_each',
    what: 'what one running container adds beyond its own processes',
    rounds: 1,
    unit: 'MB',
    once: async engine => {
      const before = engineMemory(engine)
      const names = Array.from({ length: CONTAINERS }, (_, index) => `bench-mem${index}`)
      for (const name of names) await engine.run('run', '-d', '--name', name, IMAGE, 'sleep', '1000')
      const each = (engineMemory(engine) - before) / CONTAINERS
      await engine.run('rm', '-f', ...names)
      return each
    },
  },
]
