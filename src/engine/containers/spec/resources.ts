import { statSync } from 'node:fs'
import type { ThrottleDevice, WeightDevice } from '../../../formats/engine-api/common.ts'
import type { Resources } from '../../../formats/engine-api/container.ts'
import type { OciResources, OciThrottle } from '../../../formats/oci-runtime/spec.ts'
import { createFaults } from '../create/faults.ts'
import { deviceNumbers } from './devices.ts'

const PERIOD_US = 100_000

/**
 * The limits of a container in OCI's words, devices excepted; also what `update` hands to the cgroup. Both cgroup versions
 * read the same fields: the runtime converts. A limit that is not asked for is left out.
 */
export function resourcesOf(resources: Resources): OciResources {
  return {
    ...part('memory', memory(resources)),
    ...part('cpu', cpu(resources)),
    ...part('pids', pids(resources)),
    ...part('blockIO', blockIo(resources)),
  }
}

function memory(asked: Resources): NonNullable<OciResources['memory']> {
  return {
    ...part('limit', above0(asked.Memory)),
    ...part('reservation', above0(asked.MemoryReservation)),
    ...part('swap', asked.MemorySwap ? swap(asked) : undefined),
    ...part('swappiness', asked.MemorySwappiness ?? undefined),
    ...part('disableOOMKiller', asked.OomKillDisable || undefined),
  }
}

/** Any negative number is "no limit", which runtimes spell -1; without a memory limit there is nothing to say. */
const swap = ({ Memory = 0, MemorySwap = 0 }: Resources): number | undefined =>
  MemorySwap > 0 ? MemorySwap : Memory > 0 ? -1 : undefined

function cpu(asked: Resources): NonNullable<OciResources['cpu']> {
  const fromNano = asked.NanoCpus ? Math.max(1000, Math.trunc((asked.NanoCpus * PERIOD_US) / 1e9)) : undefined
  return {
    ...part('shares', above0(asked.CpuShares)),
    ...part('period', asked.CpuPeriod || (fromNano && PERIOD_US)),
    ...part('quota', asked.CpuQuota ? Math.max(-1, asked.CpuQuota) : fromNano),
    ...part('realtimePeriod', above0(asked.CpuRealtimePeriod)),
    ...part('realtimeRuntime', above0(asked.CpuRealtimeRuntime)),
    ...part('cpus', asked.CpusetCpus || undefined),
    ...part('mems', asked.CpusetMems || undefined),
  }
}

function pids({ PidsLimit }: Resources): NonNullable<OciResources['pids']> | undefined {
  if (PidsLimit === undefined || PidsLimit === null) return undefined
  return { limit: PidsLimit > 0 ? PidsLimit : -1 }
}

function blockIo(asked: Resources): NonNullable<OciResources['blockIO']> {
  return {
    ...part('weight', asked.BlkioWeight || undefined),
    ...part('weightDevice', weights(asked.BlkioWeightDevice)),
    ...part('throttleReadBpsDevice', throttles(asked.BlkioDeviceReadBps)),
    ...part('throttleWriteBpsDevice', throttles(asked.BlkioDeviceWriteBps)),
    ...part('throttleReadIOPSDevice', throttles(asked.BlkioDeviceReadIOps)),
    ...part('throttleWriteIOPSDevice', throttles(asked.BlkioDeviceWriteIOps)),
  }
}

const weights = (devices: WeightDevice[] | null | undefined) =>
  devices?.length ? devices.map(({ Path, Weight }) => ({ ...numbersOf(Path), weight: Weight })) : undefined

const throttles = (devices: ThrottleDevice[] | null | undefined): OciThrottle[] | undefined =>
  devices?.length ? devices.map(({ Path, Rate }) => ({ ...numbersOf(Path), rate: Rate })) : undefined

function numbersOf(path: string): { major: number; minor: number } {
  const status = statSync(path, { throwIfNoEntry: false })
  if (!status) throw createFaults.BLKIO_PATH(path)
  return deviceNumbers(status.rdev)
}

const above0 = (value: number | undefined): number | undefined => (value && value > 0 ? value : undefined)

/** `{ key: value }`, or nothing for undefined and for an object without keys. */
function part<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const isEmpty = value === undefined || (typeof value === 'object' && Object.keys(value as object).length === 0)
  return (isEmpty ? {} : { [key]: value }) as { [P in K]?: V }
}
