import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import type { Health } from '../../formats/engine-api/common.ts'
import type { HealthAction } from '../../formats/health-test/health-test.ts'
import type { Containers } from '../containers/containers.ts'
import type { LiveContainer } from '../containers/live-container.ts'

const log = logger('health')
const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/**
 * Beyond Docker: what `--health-on-failure` asks for when a container has become unhealthy. A container that was restarted
 * for it and never became healthy is restarted later each time: at once, after a second, two, four, up to a minute.
 */
export class OnFailure {
  readonly #containers: Containers
  readonly #waits = new Map<string, number>()

  constructor(containers: Containers) {
    this.#containers = containers
  }

  told(container: LiveContainer, action: HealthAction, status: Health['Status']): void {
    if (status === 'healthy') this.#waits.delete(container.id)
    if (status !== 'unhealthy' || action === 'none') return
    log.info('an unhealthy container is acted on', { container: container.id, action })
    this.#act(container, action).catch(failure =>
      log.warn('an unhealthy container could not be acted on', { container: container.id, error: describe(failure) }),
    )
  }

  forget(containerId: string): void {
    this.#waits.delete(containerId)
  }

  async #act(container: LiveContainer, action: HealthAction): Promise<void> {
    if (action === 'kill') await this.#containers.kill(container.id, undefined)
    else if (action === 'stop') await this.#containers.stopContainer(container.id, {})
    else if (action === 'restart') await this.#restart(container)
  }

  async #restart(container: LiveContainer): Promise<void> {
    const wait = this.#waits.get(container.id) ?? 0
    this.#waits.set(container.id, Math.min(wait === 0 ? FIRST_MS : wait * 2, LONGEST_MS))
    const { startedAt } = container.record.state
    if (wait > 0) await Bun.sleep(wait)
    const { state } = container.record
    const isSameRun = state.startedAt === startedAt && state.status === 'running'
    if (isSameRun && state.health?.Status === 'unhealthy') await this.#containers.restart(container.id, {})
  }
}
