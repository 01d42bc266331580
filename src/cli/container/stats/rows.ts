import { formatBinaryBytes, formatBytes } from '../../../base/units.ts'
import type { BlkioEntry, ContainerStats } from '../../../formats/engine-api/stats.ts'
import type { Methods } from '../../../formats/go-template/values.ts'
import { truncateId } from '../../format/fields.ts'
import type { RowShape } from '../../format/list.ts'

/** `sample` undefined: none has come yet, or it cannot be had. */
export type StatsRow = { given: string; sample: ContainerStats | undefined }

const NOTHING = '--'

export const statsRows = (truncates: boolean): RowShape<StatsRow> => ({
  typeName: '*container.statsContext',
  headers: {
    Container: 'CONTAINER',
    Name: 'NAME',
    ID: 'CONTAINER ID',
    CPUPerc: 'CPU %',
    MemUsage: 'MEM USAGE / LIMIT',
    MemPerc: 'MEM %',
    NetIO: 'NET I/O',
    BlockIO: 'BLOCK I/O',
    PIDs: 'PIDS',
  },
  fields: row => fieldsOf(row, truncates),
})

function fieldsOf({ given, sample }: StatsRow, truncates: boolean): Methods {
  const id = sample?.id ?? ''
  const shown = (print: (sample: ContainerStats) => string, otherwise = NOTHING) => (sample ? print(sample) : otherwise)
  return {
    Container: () => given,
    Name: () => shown(({ name }) => name.replace(/^\//, '')),
    ID: () => (truncates ? truncateId(id) : id),
    CPUPerc: () => shown(each => percent(cpuPercent(each))),
    MemUsage: () => shown(memoryText, `${NOTHING} / ${NOTHING}`),
    MemPerc: () => shown(each => percent(memoryPercent(each))),
    NetIO: () => shown(({ networks }) => pair(trafficOf(networks, 'rx_bytes'), trafficOf(networks, 'tx_bytes'))),
    BlockIO: () =>
      shown(({ blkio_stats: { io_service_bytes_recursive: all } }) => pair(blocks(all, 'r'), blocks(all, 'w'))),
    PIDs: () => shown(({ pids_stats }) => String(pids_stats.current ?? 0)),
  }
}

const percent = (value: number): string => `${value.toFixed(2)}%`
const pair = (one: number, other: number): string => `${formatBytes(one)} / ${formatBytes(other)}`

/** Of one processor: two that are busy make 200. */
export function cpuPercent({ cpu_stats: now, precpu_stats: before }: ContainerStats): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage
  const passed = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0)
  const processors = now.online_cpus || now.cpu_usage.percpu_usage?.length || 0
  return used > 0 && passed > 0 ? (used / passed) * processors * 100 : 0
}

/** Without the files that the kernel would give up at once (v1: total_inactive_file, v2: inactive_file), as `free` counts. */
function memoryUsed({ memory_stats: { usage = 0, stats = {} } }: ContainerStats): number {
  const idle = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0
  return idle < usage ? usage - idle : usage
}

const memoryPercent = (sample: ContainerStats): number => {
  const { limit = 0 } = sample.memory_stats
  return limit > 0 ? (memoryUsed(sample) / limit) * 100 : 0
}

const memoryText = (sample: ContainerStats): string =>
  `${formatBinaryBytes(memoryUsed(sample))} / ${formatBinaryBytes(sample.memory_stats.limit ?? 0)}`

const trafficOf = (networks: ContainerStats['networks'], field: 'rx_bytes' | 'tx_bytes'): number =>
  Object.values(networks ?? {}).reduce((total, link) => total + link[field], 0)

const blocks = (entries: BlkioEntry[] | null, letter: string): number =>
  (entries ?? []).filter(({ op }) => op.toLowerCase().startsWith(letter)).reduce((sum, { value }) => sum + value, 0)
