import { readFileSync } from 'node:fs'
import { IMAGE, type Measure } from '../measure.ts'

const CONTAINERS = 100
const SETTLE_MS = 5_000
const WATCH_MS = 20_000

/** Of all processors together, in ticks of 10 ms. The checks' own programs are in it: only on a machine that does nothing else. */
function busyTicks(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return user + nice + system + irq + softirq
}

export const healthMeasures: Measure[] = [
  {
    name: 'health_cpu',
    what: `${CONTAINERS} containers checked every second, in percent of one core`,
    rounds: 1,
    unit: '%',
    once: async engine => {
      const names = Array.from({ length: CONTAINERS }, (_, index) => `bench-health${index}`)
      const check = ['--network', 'none', '--health-interval', '1s', '--health-cmd', 'true']
      for (const name of names) await engine.run('run', '-d', '--name', name, ...check, IMAGE, 'sleep', '1000')
      await Bun.sleep(SETTLE_MS)
      const before = busyTicks()
      await Bun.sleep(WATCH_MS)
      const share = ((busyTicks() - before) * 10 * 100) / WATCH_MS
      await engine.run('rm', '-f', ...names)
      return share
    },
  },
]
