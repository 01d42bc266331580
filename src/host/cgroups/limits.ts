import type { OciResources, OciThrottle } from '../../formats/oci-runtime/spec.ts'

/** One write of a limit: a file of a controller. `optional`: a kernel without the file (or feature) is no error. */
export type LimitWrite = { controller: string; file: string; value: string; optional?: boolean }

/** The writes that put the given resources into effect on v1, in an order that the kernel takes; what is absent stays. */
export function v1Writes(resources: OciResources, now: { memory: number }): LimitWrite[] {
  return [...v1Memory(resources, now), ...v1Cpu(resources), ...pids(resources), ...v1Block(resources)]
}

function v1Memory({ memory }: OciResources, now: { memory: number }): LimitWrite[] {
  if (!memory) return []
  const limit = write('memory', 'memory.limit_in_bytes', memory.limit)
  const swap = write('memory', 'memory.memsw.limit_in_bytes', memory.swap, true)
  // Memory must never be above memory plus swap: the larger of the two is raised first, and lowered last.
  const raises = memory.limit === undefined || memory.limit < 0 || memory.limit > now.memory
  return [
    ...(raises ? [...swap, ...limit] : [...limit, ...swap]),
    ...write('memory', 'memory.soft_limit_in_bytes', memory.reservation),
    ...write('memory', 'memory.swappiness', memory.swappiness, true),
    ...write(
      'memory',
      'memory.oom_control',
      memory.disableOOMKiller === undefined ? undefined : Number(memory.disableOOMKiller),
      true,
    ),
  ]
}

function v1Cpu({ cpu }: OciResources): LimitWrite[] {
  return [
    ...write('cpu', 'cpu.shares', cpu?.shares),
    ...write('cpu', 'cpu.cfs_period_us', cpu?.period),
    ...write('cpu', 'cpu.cfs_quota_us', cpu?.quota),
    ...write('cpu', 'cpu.rt_period_us', cpu?.realtimePeriod),
    ...write('cpu', 'cpu.rt_runtime_us', cpu?.realtimeRuntime),
    ...write('cpuset', 'cpuset.cpus', cpu?.cpus || undefined),
    ...write('cpuset', 'cpuset.mems', cpu?.mems || undefined),
  ]
}

function v1Block({ blockIO }: OciResources): LimitWrite[] {
  const each = (file: string, list: OciThrottle[] | undefined): LimitWrite[] =>
    (list ?? []).flatMap(({ major, minor, rate }) =>
      write('blkio', `blkio.throttle.${file}_device`, `${major}:${minor} ${rate}`),
    )
  return [
    ...write('blkio', 'blkio.weight', blockIO?.weight, true),
    ...write('blkio', 'blkio.bfq.weight', blockIO?.weight, true),
    ...each('read_bps', blockIO?.throttleReadBpsDevice),
    ...each('write_bps', blockIO?.throttleWriteBpsDevice),
    ...each('read_iops', blockIO?.throttleReadIOPSDevice),
    ...each('write_iops', blockIO?.throttleWriteIOPSDevice),
  ]
}

/** The same for v2. `now`: what is set, in bytes, as memory and swap are separate there but counted together by OCI. */
export function v2Writes(resources: OciResources, now: { memory: number; period: number }): LimitWrite[] {
  const { cpu } = resources
  return [
    ...v2Memory(resources, now.memory),
    ...write(
      'cpu',
      'cpu.weight',
      cpu?.shares === undefined || cpu.shares === 0 ? undefined : weightOfShares(cpu.shares),
    ),
    ...write('cpu', 'cpu.max', v2CpuMax(cpu, now.period)),
    ...write('cpuset', 'cpuset.cpus', cpu?.cpus || undefined),
    ...write('cpuset', 'cpuset.mems', cpu?.mems || undefined),
    ...pids(resources),
    ...v2Block(resources),
  ]
}

function v2Memory({ memory }: OciResources, current: number): LimitWrite[] {
  const limit = memory?.limit ?? current
  const swap = memory?.swap
  const only =
    swap === undefined || swap < 0 ? swap : Number.isFinite(limit) && limit > 0 ? Math.max(0, swap - limit) : undefined
  return [
    ...write('memory', 'memory.swap.max', only === undefined ? undefined : amount(only), true),
    ...write('memory', 'memory.max', memory?.limit === undefined ? undefined : amount(memory.limit)),
    ...write('memory', 'memory.low', memory?.reservation === undefined ? undefined : amount(memory.reservation)),
  ]
}

/** OCI's shares (2 to 262144, 1024 usual) on the scale of weights (1 to 10000), as the runtimes convert. */
export const weightOfShares = (shares: number): number =>
  1 + Math.floor(((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142)

function v2CpuMax(cpu: OciResources['cpu'], period: number): string | undefined {
  if (cpu?.quota === undefined && cpu?.period === undefined) return undefined
  const quota = cpu.quota === undefined ? undefined : cpu.quota > 0 ? String(cpu.quota) : 'max'
  return `${quota ?? 'max'} ${cpu.period || period}`
}

function v2Block({ blockIO }: OciResources): LimitWrite[] {
  const each = (word: string, list: OciThrottle[] | undefined): LimitWrite[] =>
    (list ?? []).flatMap(({ major, minor, rate }) =>
      write('io', 'io.max', `${major}:${minor} ${word}=${rate > 0 ? rate : 'max'}`),
    )
  return [
    ...write('io', 'io.bfq.weight', blockIO?.weight, true),
    ...write(
      'io',
      'io.weight',
      blockIO?.weight === undefined ? undefined : `default ${ioWeight(blockIO.weight)}`,
      true,
    ),
    ...each('rbps', blockIO?.throttleReadBpsDevice),
    ...each('wbps', blockIO?.throttleWriteBpsDevice),
    ...each('riops', blockIO?.throttleReadIOPSDevice),
    ...each('wiops', blockIO?.throttleWriteIOPSDevice),
  ]
}

const ioWeight = (weight: number): number => 1 + Math.floor(((weight - 10) * 9999) / 990)

const pids = ({ pids: limits }: OciResources): LimitWrite[] =>
  write('pids', 'pids.max', limits === undefined ? undefined : limits.limit > 0 ? limits.limit : 'max')

const amount = (bytes: number): string => (bytes < 0 || !Number.isFinite(bytes) ? 'max' : String(bytes))

function write(controller: string, file: string, value: string | number | undefined, optional = false): LimitWrite[] {
  return value === undefined ? [] : [{ controller, file, value: String(value), optional }]
}
