import { readFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'

/** What the machine as a whole has used and has. `cpuTime`: nanoseconds of all processors since it came up, idle ones too. */
export type MachineUse = { cpuTime: number; processors: number; memory: number }

const TICK_NS = 10_000_000
/** user nice system idle iowait irq softirq steal: guest times are in user already. Source: proc_stat(5). */
const FIELDS = 8

export async function machineUse(): Promise<MachineUse> {
  const [first = ''] = (await readFile('/proc/stat', 'latin1')).split('\n', 1)
  const ticks = first
    .trim()
    .split(/\s+/)
    .slice(1, 1 + FIELDS)
  const cpuTime = ticks.reduce((sum, value) => sum + Number(value), 0) * TICK_NS
  return { cpuTime, processors: availableParallelism(), memory: totalmem() }
}
