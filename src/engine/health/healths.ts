import { join } from 'node:path'
import { Semaphore } from '../../base/locks.ts'
import type { Health } from '../../formats/engine-api/common.ts'
import type { HealthProbe, HealthProbes } from '../../host/health-probe/health-probe.ts'
import type { Containers } from '../containers/containers.ts'
import { emit, pathsOf } from '../containers/context.ts'
import type { LiveContainer } from '../containers/live-container.ts'
import { execProcess } from '../containers/spec/exec-process.ts'
import { mountedRoot } from '../containers/spec/root-files.ts'
import { printSpec } from '../containers/spec/runtime-spec.ts'
import { resolveUser } from '../containers/spec/user.ts'
import { type HealthSettings, healthSettingsOf } from './health-settings.ts'
import { HealthWatch } from './health-watch.ts'
import { OnFailure } from './on-failure.ts'

/** Each is a start of the runtime; many containers may come up at once. */
const PROBES_AT_ONCE = 4

/** The health of all containers that have a check and run. A paused one is not asked, and keeps its status. */
export class Healths {
  readonly #containers: Containers
  readonly #probes: HealthProbes
  readonly #watches = new Map<string, HealthWatch>()
  readonly #starting = new Semaphore(PROBES_AT_ONCE)
  readonly #onFailure: OnFailure

  constructor(containers: Containers, probes: HealthProbes) {
    this.#containers = containers
    this.#probes = probes
    this.#onFailure = new OnFailure(containers)
    containers.follow({ up: container => this.#begin(container), down: container => this.#end(container) })
    containers.onRemoved(id => this.#onFailure.forget(id))
  }

  /** The daemon goes; the probers end with their connections. */
  stop(): void {
    for (const watch of this.#watches.values()) watch.stop()
    this.#watches.clear()
  }

  #begin(container: LiveContainer): void {
    this.#end(container)
    const settings = healthSettingsOf(container.record.config)
    if (!settings) return
    const watch = new HealthWatch(container, settings, {
      startProbe: () => this.#starting.run(() => this.#startProbe(container, settings)),
      told: (health, changed) => this.#told(container, settings, health, changed),
    })
    this.#watches.set(container.id, watch)
  }

  #end({ id }: LiveContainer): void {
    this.#watches.get(id)?.stop()
    this.#watches.delete(id)
  }

  #told(container: LiveContainer, settings: HealthSettings, health: Health, changed: boolean): void {
    const { context } = this.#containers
    container.record.state = { ...container.record.state, health }
    if (!changed) return
    // What a run has been judged to be is worth a write; the results in between are for those who look now.
    context.table.saveLife(container, 'relaxed')
    emit(context, container, `health_status: ${health.Status}`)
    this.#onFailure.told(container, settings.onFailure, health.Status)
  }

  #startProbe(container: LiveContainer, { test }: HealthSettings): Promise<HealthProbe> {
    const { context } = this.#containers
    return this.#probes.start({
      runtime: context.needs.runtimes.get(container.record.hostConfig.Runtime ?? ''),
      containerId: container.id,
      directory: join(pathsOf(context, container).bundle, 'health'),
      test,
      describe: args => this.#describe(container, args),
    })
  }

  #describe({ record }: LiveContainer, Cmd: string[]): string {
    const { defaults } = this.#containers.context.needs
    const root = mountedRoot(`/proc/${record.state.pid}/root`)
    const user = resolveUser(root, record.config.User || '', record.hostConfig.GroupAdd ?? [])
    return printSpec(execProcess(record, { Cmd }, { user, host: defaults.host, defaults }))
  }
}
