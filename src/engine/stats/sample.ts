import { formatTimestamp, nowNanoseconds } from '../../base/timestamps.ts'
import type {
  BlkioEntry,
  BlkioStats,
  ContainerStats,
  CpuStats,
  InterfaceStats,
  MemoryStats,
} from '../../formats/engine-api/stats.ts'
import type { MachineUse } from '../../host/cgroups/machine-use.ts'
import type { BlockUse, CpuUse, GroupUse, MemoryUse } from '../../host/cgroups/stats.ts'
import type { LinkCounters } from '../../host/links/link-counters.ts'
import { NEVER } from '../containers/container.ts'

/** What is read of a container at one moment. */
export type Reading = { group: GroupUse; machine: MachineUse; links?: Record<string, LinkCounters> }
export type Named = { id: string; name: string }
/** Of the sample before: Docker's clients make percentages of both. */
export type Previous = Pick<ContainerStats, 'read' | 'cpu_stats'>

const NO_CPU: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
}

/** One that does not run, as Docker shows it. */
export const emptyStats = ({ id, name }: Named): ContainerStats => ({
  name: `/${name}`,
  id,
  read: NEVER,
  preread: NEVER,
  pids_stats: {},
  blkio_stats: blkioStats(null, null),
  num_procs: 0,
  storage_stats: {},
  cpu_stats: NO_CPU,
  precpu_stats: NO_CPU,
  memory_stats: {},
})

export function statsOf(named: Named, { group, machine, links }: Reading, previous?: Previous): ContainerStats {
  return {
    ...emptyStats(named),
    read: formatTimestamp(nowNanoseconds()),
    preread: previous?.read ?? NEVER,
    pids_stats: pidsStats(group.pids),
    blkio_stats: blkioStats(group.bytes.map(entryOf), group.operations.map(entryOf)),
    cpu_stats: group.cpu ? cpuStats(group.cpu, machine) : NO_CPU,
    precpu_stats: previous?.cpu_stats ?? NO_CPU,
    memory_stats: group.memory ? memoryStats(group.memory, machine.memory) : {},
    ...(links && { networks: interfaces(links) }),
  }
}

const pidsStats = (pids: GroupUse['pids']): ContainerStats['pids_stats'] =>
  pids ? { current: pids.current, ...(Number.isFinite(pids.limit) && { limit: pids.limit }) } : {}

const entryOf = ({ major, minor, operation, value }: BlockUse): BlkioEntry => ({ major, minor, op: operation, value })

/** The kernel of today keeps the first two alone; the others belonged to a scheduler that is gone (CFQ). */
function blkioStats(bytes: BlkioEntry[] | null, operations: BlkioEntry[] | null): BlkioStats {
  const none = bytes === null ? null : []
  return {
    io_service_bytes_recursive: bytes,
    io_serviced_recursive: operations,
    io_queue_recursive: none,
    io_service_time_recursive: none,
    io_wait_time_recursive: none,
    io_merged_recursive: none,
    io_time_recursive: none,
    sectors_recursive: none,
  }
}

const cpuStats = (cpu: CpuUse, machine: MachineUse): CpuStats => ({
  cpu_usage: {
    total_usage: cpu.total,
    ...(cpu.perCpu && { percpu_usage: cpu.perCpu }),
    usage_in_kernelmode: cpu.system,
    usage_in_usermode: cpu.user,
  },
  system_cpu_usage: machine.cpuTime,
  online_cpus: machine.processors,
  throttling_data: { periods: cpu.periods, throttled_periods: cpu.throttled, throttled_time: cpu.throttledTime },
})

const memoryStats = (memory: MemoryUse, all: number): MemoryStats => ({
  usage: memory.usage,
  ...(memory.maxUsage !== undefined && { max_usage: memory.maxUsage }),
  stats: memory.stats,
  ...(memory.failures > 0 && { failcnt: memory.failures }),
  limit: Math.min(memory.limit, all),
})

const interfaces = (links: Record<string, LinkCounters>): Record<string, InterfaceStats> =>
  Object.fromEntries(
    Object.entries(links).map(([name, link]) => [
      name,
      {
        rx_bytes: link.receivedBytes,
        rx_packets: link.receivedPackets,
        rx_errors: link.receiveErrors,
        rx_dropped: link.receiveDrops,
        tx_bytes: link.sentBytes,
        tx_packets: link.sentPackets,
        tx_errors: link.sendErrors,
        tx_dropped: link.sendDrops,
      },
    ]),
  )
