import { setTimeout as pause } from 'node:timers/promises'
import type { ContainerStats } from '../../formats/engine-api/stats.ts'
import type { Cgroups } from '../../host/cgroups/cgroups.ts'
import { machineUse } from '../../host/cgroups/machine-use.ts'
import { linkCounters } from '../../host/links/link-counters.ts'
import { isRunning } from '../containers/container.ts'
import type { Containers } from '../containers/containers.ts'
import { cgroupOf } from '../containers/context.ts'
import type { LiveContainer } from '../containers/live-container.ts'
import { emptyStats, statsOf } from './sample.ts'

const INTERVAL_MS = 1000

/** What containers use, read from the kernel when somebody asks; nothing is kept. */
export class Stats {
  readonly #containers: Containers
  readonly #cgroups: Pick<Cgroups, 'use'>

  constructor(containers: Containers, cgroups: Pick<Cgroups, 'use'>) {
    this.#containers = containers
    this.#cgroups = cgroups
  }

  /** One sample; unless `oneShot`, with another from a second before it, so that percentages can be told. Throws 404. */
  async once(given: string, oneShot: boolean, signal: AbortSignal): Promise<ContainerStats> {
    const container = this.#containers.get(given)
    const first = await this.#read(container)
    if (oneShot || !isRunning(container.record.state)) return first
    await pause(INTERVAL_MS, undefined, { signal })
    return this.#read(container, first)
  }

  /** A sample every second, whether it runs or not, until it is removed or nobody listens. */
  async *follow(container: LiveContainer, signal: AbortSignal): AsyncGenerator<ContainerStats> {
    let previous: ContainerStats | undefined
    while (!signal.aborted && this.#containers.find(container.id)) {
      const sample: ContainerStats = await this.#read(container, previous)
      yield sample
      previous = isRunning(container.record.state) ? sample : undefined
      await pause(INTERVAL_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #read(container: LiveContainer, previous?: ContainerStats): Promise<ContainerStats> {
    const { record } = container
    if (!isRunning(record.state)) return emptyStats(record)
    const [group, machine, links] = await Promise.all([
      this.#cgroups.use(cgroupOf(this.#containers.context, container)),
      machineUse(),
      record.hostConfig.NetworkMode === 'host' ? undefined : linkCounters(record.state.pid),
    ])
    return statsOf(record, { group, machine, ...(links && { links }) }, previous)
  }
}
