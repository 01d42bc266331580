import { statSync } from 'node:fs'
import type { Resources } from '../../../formats/engine-api/container.ts'
import type { HostFacts } from '../spec/host-facts.ts'
import { checkCpuset } from './cpuset.ts'
import { createFaults } from './faults.ts'

/** Of a limit, in order that the programs in it can start at all. Not the kernel's. */
const LEAST_MEMORY = 6 * 1024 ** 2
const NANO = 1e9
const DISCARDED = 'or the cgroup is not mounted'

type Checked = { resources: Resources; warnings: string[] }

/**
 * Checks limits and drops those that this machine cannot keep, each with Docker's warning. `resources` is a copy.
 * `isUpdate`: a swap limit may come without a memory limit. Throws createFaults.
 */
export function checkResources(asked: Resources, host: HostFacts, isUpdate = false): Checked {
  const checked: Checked = { resources: { ...asked }, warnings: [] }
  if (checked.resources.MemorySwappiness === -1) checked.resources.MemorySwappiness = null
  checkMemory(checked, host, isUpdate)
  checkOomAndPids(checked, host)
  checkCpu(checked, host)
  checkSets(checked, host)
  checkBlockIo(checked, host)
  return checked
}

function checkMemory(checked: Checked, { limits }: HostFacts, isUpdate: boolean): void {
  const { resources } = checked
  if (resources.Memory && resources.Memory < LEAST_MEMORY) throw createFaults.MEMORY_LOW()
  if (resources.Memory && !limits.memory) {
    warn(checked, `Your kernel does not support memory limit capabilities ${DISCARDED}. Limitation discarded.`)
    Object.assign(resources, { Memory: 0, MemorySwap: -1 })
  }
  if (resources.Memory && resources.MemorySwap !== -1 && !limits.swap) {
    warn(checked, `Your kernel does not support swap limit capabilities ${DISCARDED}. Memory limited without swap.`)
    resources.MemorySwap = -1
  }
  const { Memory = 0, MemorySwap = 0 } = resources
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) throw createFaults.SWAP_LOW()
  if (Memory === 0 && MemorySwap > 0 && !isUpdate) throw createFaults.SWAP_ALONE()
  checkSwappiness(checked, limits)
  checkReservation(checked, limits)
}

function checkSwappiness(checked: Checked, limits: HostFacts['limits']): void {
  const value = checked.resources.MemorySwappiness
  if (value === undefined || value === null) return
  if (value < 0 || value > 100) throw createFaults.SWAPPINESS(value)
  if (limits.memorySwappiness) return
  warn(
    checked,
    `Your kernel does not support memory swappiness capabilities ${DISCARDED}. Memory swappiness discarded.`,
  )
  checked.resources.MemorySwappiness = null
}

function checkReservation(checked: Checked, limits: HostFacts['limits']): void {
  const { resources } = checked
  const reserved = resources.MemoryReservation ?? 0
  if (reserved <= 0) return
  if (!limits.memoryReservation) {
    warn(checked, `Your kernel does not support memory soft limit capabilities ${DISCARDED}. Limitation discarded.`)
    resources.MemoryReservation = 0
    return
  }
  if (reserved < LEAST_MEMORY) throw createFaults.RESERVATION_LOW()
  if (resources.Memory && resources.Memory < reserved) throw createFaults.RESERVATION_HIGH()
}

function checkOomAndPids(checked: Checked, { limits }: HostFacts): void {
  const { resources } = checked
  if (resources.OomKillDisable && !limits.oomKillDisable) {
    warn(checked, 'Your kernel does not support OomKillDisable. OomKillDisable discarded.')
    resources.OomKillDisable = null
  }
  if (resources.OomKillDisable && !resources.Memory) {
    const danger = 'this can result in the system running out of resources.'
    warn(checked, `OOM killer is disabled for the container, but no memory limit is set, ${danger}`)
  }
  if (resources.PidsLimit && resources.PidsLimit > 0 && !limits.pids) {
    warn(checked, `Your kernel does not support PIDs limit capabilities ${DISCARDED}. PIDs limit discarded.`)
    resources.PidsLimit = null
  }
}

function checkCpu(checked: Checked, { limits, cpus }: HostFacts): void {
  const { resources } = checked
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, CpuShares = 0 } = resources
  if (NanoCpus > 0 && CpuPeriod > 0) throw createFaults.CPUS_CONFLICT('CPU Period')
  if (NanoCpus > 0 && CpuQuota > 0) throw createFaults.CPUS_CONFLICT('CPU Quota')
  if (NanoCpus > 0 && !limits.cpuQuota) throw createFaults.CPUS_UNSUPPORTED()
  if (NanoCpus < 0 || NanoCpus > cpus * NANO) throw createFaults.CPUS_RANGE(cpus)
  if (CpuShares < 0) throw createFaults.CPU_SHARES(CpuShares)
  if (CpuShares > 0 && !limits.cpuShares) {
    warn(checked, `Your kernel does not support CPU shares ${DISCARDED}. Shares discarded.`)
    resources.CpuShares = 0
  }
  if ((CpuPeriod !== 0 || CpuQuota !== 0) && !limits.cpuQuota) {
    warn(checked, 'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.')
    Object.assign(resources, { CpuPeriod: 0, CpuQuota: 0 })
  }
  if (CpuPeriod !== 0 && (CpuPeriod < 1000 || CpuPeriod > 1_000_000)) throw createFaults.CPU_PERIOD()
  if (CpuQuota > 0 && CpuQuota < 1000) throw createFaults.CPU_QUOTA()
  checkRealtime(resources)
}

function checkRealtime({ CpuRealtimePeriod = 0, CpuRealtimeRuntime = 0 }: Resources): void {
  if (CpuRealtimePeriod > 0 && CpuRealtimeRuntime > CpuRealtimePeriod) throw createFaults.CPU_REALTIME()
}

function checkSets(checked: Checked, host: HostFacts): void {
  const { resources } = checked
  if ((resources.CpusetCpus || resources.CpusetMems) && !host.limits.cpuset) {
    warn(checked, `Your kernel does not support cpuset ${DISCARDED}. Cpuset discarded.`)
    Object.assign(resources, { CpusetCpus: '', CpusetMems: '' })
  }
  checkCpuset(resources.CpusetCpus, 'cpus', host.cpuList)
  checkCpuset(resources.CpusetMems, 'mems', host.memoryNodes)
}

const THROTTLES = {
  BlkioDeviceReadBps: 'BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.',
  BlkioDeviceWriteBps: 'BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded.',
  BlkioDeviceReadIOps: 'IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit discarded.',
  BlkioDeviceWriteIOps: 'IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded.',
} as const

function checkBlockIo(checked: Checked, { limits }: HostFacts): void {
  const { resources } = checked
  if (resources.BlkioWeight && !limits.blkioWeight) {
    warn(checked, `Your kernel does not support Block I/O weight ${DISCARDED}. Weight discarded.`)
    resources.BlkioWeight = 0
  }
  if (resources.BlkioWeight && (resources.BlkioWeight < 10 || resources.BlkioWeight > 1000)) {
    throw createFaults.BLKIO_WEIGHT()
  }
  if (resources.BlkioWeightDevice?.length && !limits.blkioWeightDevice) {
    warn(checked, `Your kernel does not support Block I/O weight_device ${DISCARDED}. Weight-device discarded.`)
    resources.BlkioWeightDevice = []
  }
  for (const { Path } of resources.BlkioWeightDevice ?? []) checkBlockDevice(Path)
  for (const key of Object.keys(THROTTLES) as (keyof typeof THROTTLES)[]) {
    if (resources[key]?.length && !limits.blkioThrottle) {
      warn(checked, `Your kernel does not support ${THROTTLES[key]}`)
      resources[key] = []
    }
    for (const { Path } of resources[key] ?? []) checkBlockDevice(Path)
  }
}

function checkBlockDevice(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw createFaults.BLKIO_PATH(path)
  if (!found.isBlockDevice()) throw createFaults.BLKIO_NO_DEVICE(path)
}

const warn = (checked: Checked, text: string): void => void checked.warnings.push(text)
