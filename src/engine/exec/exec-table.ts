import { newId } from '../../base/ids.ts'
import type { ExecCreate } from '../../formats/engine-api/container.ts'
import type { LiveContainer } from '../containers/live-container.ts'
import type { Exec } from './exec.ts'
import { execFaults } from './faults.ts'

/** Docker's time for which the result of an exec can still be asked. */
const KEEP_ENDED_MS = 5 * 60_000
/** Of one container. Health checks and careless clients would otherwise fill the memory [moby #30311, #42304]. */
const MOST_ENDED = 500
const MOST_OPEN = 10_000

/** All execs by id. Ended ones are forgotten after a while, all of them with their container. */
export class ExecTable {
  readonly #byId = new Map<string, Exec>()
  /** Ids of ended ones by container, oldest first. */
  readonly #ended = new Map<string, Set<string>>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()

  create(container: LiveContainer, config: ExecCreate): Exec {
    if (container.execIds.size >= MOST_OPEN) throw execFaults.TOO_MANY(MOST_OPEN)
    const exec: Exec = { id: newId(), containerId: container.id, config, status: 'created', pid: 0, exitCode: null }
    this.adopt(container, exec)
    return exec
  }

  adopt(container: LiveContainer, exec: Exec): void {
    this.#byId.set(exec.id, exec)
    container.execIds.add(exec.id)
  }

  get(id: string): Exec {
    const exec = this.#byId.get(id)
    if (!exec) throw execFaults.NOT_FOUND(id)
    return exec
  }

  /** Its container does not list it any more; its result stays for a while. */
  end(exec: Exec, container: LiveContainer | undefined): void {
    container?.execIds.delete(exec.id)
    if (!this.#byId.has(exec.id)) return
    const ended = this.#ended.get(exec.containerId) ?? new Set()
    ended.add(exec.id)
    this.#ended.set(exec.containerId, ended)
    const timer = setTimeout(() => this.#forget(exec), KEEP_ENDED_MS)
    timer.unref()
    this.#timers.set(exec.id, timer)
    const [oldest] = ended
    if (ended.size > MOST_ENDED && oldest) this.#forget(this.get(oldest))
  }

  forgetContainer(containerId: string): void {
    for (const exec of this.#byId.values()) if (exec.containerId === containerId) this.#forget(exec)
    this.#ended.delete(containerId)
  }

  #forget(exec: Exec): void {
    clearTimeout(this.#timers.get(exec.id))
    this.#timers.delete(exec.id)
    this.#ended.get(exec.containerId)?.delete(exec.id)
    this.#byId.delete(exec.id)
  }
}
