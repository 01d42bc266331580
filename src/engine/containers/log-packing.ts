import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import type { Monitor } from '../../host/monitor/monitor.ts'
import { planOf } from '../logs/drivers/log-config.ts'
import { type LogOwner, packLog, removeUnfinishedPacks } from '../logs/pack-log.ts'
import type { Containers } from './containers.ts'
import { pathsOf } from './context.ts'
import type { LiveContainer } from './live-container.ts'

const log = logger('logs')

/** Packs the rotated files of logs with `compress`: when one is rotated, when a container is adopted, and when it has ended. */
export class LogPacking {
  readonly #containers: Containers
  readonly #known = new WeakSet<Monitor>()

  constructor(containers: Containers) {
    this.#containers = containers
    containers.follow({ up: container => this.#begin(container), down: () => {} })
  }

  #begin(container: LiveContainer): void {
    const { monitor, record } = container
    if (!monitor || this.#known.has(monitor) || !planOf(record.hostConfig.LogConfig ?? {})?.compress) return
    this.#known.add(monitor)
    const path = pathsOf(this.#containers.context, container).log
    const given = new Set<number>()
    let turn = Promise.resolve()
    const next = (owner?: LogOwner) => {
      turn = turn.then(() => this.#pack(container, path, owner ? given : new Set(), owner))
    }
    monitor.onRotated(() => next(monitor))
    next(monitor)
    void monitor.gone.then(() => this.#containers.find(container.id) && next())
  }

  async #pack({ id }: LiveContainer, path: string, given: Set<number>, owner?: LogOwner): Promise<void> {
    try {
      if (!owner) await removeUnfinishedPacks(path)
      await packLog(path, given, owner)
    } catch (failure) {
      log.warn('a rotated log could not be packed', { container: id, error: describe(failure) })
    }
  }
}
