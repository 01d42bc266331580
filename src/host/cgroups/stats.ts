import { join } from 'node:path'
import { readAmount, readControl, readTable } from './files.ts'

/** Bytes and counts; a limit of Infinity is none. `stats`: the kernel's memory.stat by its own names. */
export type MemoryUse = {
  usage: number
  maxUsage?: number
  limit: number
  failures: number
  stats: Record<string, number>
}
/** Nanoseconds since the group was made. */
export type CpuUse = {
  total: number
  user: number
  system: number
  perCpu?: number[]
  periods: number
  throttled: number
  throttledTime: number
}
export type PidsUse = { current: number; limit: number }
/** Bytes or operations of one device. `operation`: `Read`, `Write`, … as the kernel says. */
export type BlockUse = { major: number; minor: number; operation: string; value: number }
export type GroupUse = { memory?: MemoryUse; cpu?: CpuUse; pids?: PidsUse; bytes: BlockUse[]; operations: BlockUse[] }

export type DirectoryOf = (controller: string) => string | undefined

export async function v1Use(at: DirectoryOf): Promise<GroupUse> {
  const [memory, cpu, pids, bytes, operations] = await Promise.all([
    v1MemoryUse(at('memory')),
    v1CpuUse(at('cpuacct'), at('cpu')),
    pidsUse(at('pids')),
    v1BlockUse(at('blkio'), 'blkio.throttle.io_service_bytes_recursive'),
    v1BlockUse(at('blkio'), 'blkio.throttle.io_serviced_recursive'),
  ])
  return { memory, cpu, pids, bytes, operations }
}

async function v1MemoryUse(directory: string | undefined): Promise<MemoryUse | undefined> {
  const usage = directory && (await readAmount(join(directory, 'memory.usage_in_bytes')))
  if (!directory || usage === undefined || usage === '') return undefined
  const [maxUsage, limit, failures, stats] = await Promise.all([
    readAmount(join(directory, 'memory.max_usage_in_bytes')),
    readAmount(join(directory, 'memory.limit_in_bytes')),
    readAmount(join(directory, 'memory.failcnt')),
    readTable(join(directory, 'memory.stat')),
  ])
  return { usage, maxUsage, limit: limit ?? Number.POSITIVE_INFINITY, failures: failures ?? 0, stats }
}

const USER_HZ_NS = 10_000_000

async function v1CpuUse(account: string | undefined, cpu: string | undefined): Promise<CpuUse | undefined> {
  const total = account && (await readAmount(join(account, 'cpuacct.usage')))
  if (!account || total === undefined || total === '') return undefined
  const times = await readTable(join(account, 'cpuacct.stat'))
  const perCpu = (await readControl(join(account, 'cpuacct.usage_percpu')))?.trim().split(/\s+/).map(Number)
  const throttle = cpu ? await readTable(join(cpu, 'cpu.stat')) : {}
  return {
    total,
    user: (times['user'] ?? 0) * USER_HZ_NS,
    system: (times['system'] ?? 0) * USER_HZ_NS,
    perCpu,
    periods: throttle['nr_periods'] ?? 0,
    throttled: throttle['nr_throttled'] ?? 0,
    throttledTime: throttle['throttled_time'] ?? 0,
  }
}

async function pidsUse(directory: string | undefined): Promise<PidsUse | undefined> {
  const current = directory && (await readAmount(join(directory, 'pids.current')))
  if (!directory || current === undefined || current === '') return undefined
  return { current, limit: (await readAmount(join(directory, 'pids.max'))) ?? Number.POSITIVE_INFINITY }
}

async function v1BlockUse(directory: string | undefined, file: string): Promise<BlockUse[]> {
  const text = directory ? ((await readControl(join(directory, file))) ?? '') : ''
  return [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)].map(([, major, minor, operation, value]) => ({
    major: Number(major),
    minor: Number(minor),
    operation: operation!,
    value: Number(value),
  }))
}

export async function v2Use(directory: string): Promise<GroupUse> {
  const [memory, cpu, pids, io] = await Promise.all([
    v2MemoryUse(directory),
    v2CpuUse(directory),
    pidsUse(directory),
    readControl(join(directory, 'io.stat')),
  ])
  return { memory, cpu, pids, bytes: v2BlockUse(io, 'rbytes', 'wbytes'), operations: v2BlockUse(io, 'rios', 'wios') }
}

async function v2MemoryUse(directory: string): Promise<MemoryUse | undefined> {
  const usage = await readAmount(join(directory, 'memory.current'))
  if (usage === undefined) return undefined
  const [maxUsage, limit, events, stats] = await Promise.all([
    readAmount(join(directory, 'memory.peak')),
    readAmount(join(directory, 'memory.max')),
    readTable(join(directory, 'memory.events')),
    readTable(join(directory, 'memory.stat')),
  ])
  return { usage, maxUsage, limit: limit ?? Number.POSITIVE_INFINITY, failures: events['max'] ?? 0, stats }
}

async function v2CpuUse(directory: string): Promise<CpuUse | undefined> {
  const stat = await readTable(join(directory, 'cpu.stat'))
  const ns = (name: string): number => (stat[name] ?? 0) * 1000
  if (stat['usage_usec'] === undefined) return undefined
  return {
    total: ns('usage_usec'),
    user: ns('user_usec'),
    system: ns('system_usec'),
    periods: stat['nr_periods'] ?? 0,
    throttled: stat['nr_throttled'] ?? 0,
    throttledTime: ns('throttled_usec'),
  }
}

function v2BlockUse(text: string | undefined, read: string, write: string): BlockUse[] {
  return (text ?? '').split('\n').flatMap(line => {
    const device = /^(\d+):(\d+) (.*)$/.exec(line)
    if (!device) return []
    const value = (name: string): number => Number(new RegExp(`(?:^| )${name}=(\\d+)`).exec(device[3]!)?.[1] ?? 0)
    const at = { major: Number(device[1]), minor: Number(device[2]) }
    return [
      { ...at, operation: 'read', value: value(read) },
      { ...at, operation: 'write', value: value(write) },
    ]
  })
}
