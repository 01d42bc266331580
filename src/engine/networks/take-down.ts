import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import type { NetworkWorker } from '../../host/network-worker/network-worker.ts'

const log = logger('networks')
const LOOK_MS = 200
/** While somebody waits. */
const LOOK_OFTEN_MS = 20
/** After it a link is taken from a namespace that some process still lives in. */
const PATIENCE_MS = 1000

/** `gone` is told when the link is no more. */
export type DyingLink = { link: string; gone: () => void }
type Dying = { link: string; until: number; gone: () => void }

/**
 * The end of namespaces. Giving one up is quick; the kernel destroys it with its link some 50 ms later, many at once, and
 * nobody waits. `gone` is told when the link is no more: its address can then be given out again.
 */
export class TakeDown {
  readonly #worker: NetworkWorker
  readonly #prefix: string
  readonly #directory: string
  readonly #dying = new Map<string, Dying>()
  #watching: Promise<void> | undefined
  #isAwaited = false

  constructor(worker: NetworkWorker, prefix: string, directory: string) {
    this.#worker = worker
    this.#prefix = prefix
    this.#directory = directory
  }

  /** Gives the namespaces up and follows the links to their end. */
  async begin(names: string[], links: DyingLink[] = []): Promise<void> {
    const until = Date.now() + PATIENCE_MS
    for (const each of links) this.#dying.set(each.link, { ...each, until })
    if (this.#dying.size > 0) this.#watching ??= this.#watch()
    if (names.length > 0) await this.#worker.call('removeNamespaces', { directory: this.#directory, names })
  }

  /** Resolves when everything that was begun is gone. */
  async settled(): Promise<void> {
    this.#isAwaited = true
    while (this.#watching) await this.#watching
    this.#isAwaited = false
  }

  async #watch(): Promise<void> {
    while (this.#dying.size > 0 && !this.#worker.hasEnded) {
      await Bun.sleep(this.#isAwaited ? LOOK_OFTEN_MS : LOOK_MS)
      await this.#look().catch(failure => log.warn('links could not be looked at', { error: describe(failure) }))
    }
    this.#watching = undefined
  }

  async #look(): Promise<void> {
    const { links } = await this.#worker.call('survey', { prefix: this.#prefix, directory: this.#directory })
    const present = new Set(links.map(({ name }) => name))
    const late = [...this.#dying.values()].filter(({ link, until }) => present.has(link) && Date.now() > until)
    if (late.length > 0)
      await this.#worker.call(
        'removeLinks',
        late.map(({ link }) => link),
      )
    for (const dying of [...this.#dying.values()]) {
      if (present.has(dying.link) && !late.includes(dying)) continue
      this.#dying.delete(dying.link)
      dying.gone()
    }
  }
}
