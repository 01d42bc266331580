import { logger } from './log.ts'

/** Work that nobody waits for, but that has to be over before its part counts as stopped. What fails is logged. */
export class Background {
  readonly #log: ReturnType<typeof logger>
  readonly #running = new Set<Promise<unknown>>()

  constructor(part: string) {
    this.#log = logger(part)
  }

  add(what: string, work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch(failure => this.#log.warn(`${what} failed in the background`, { error: failure }))
      .finally(() => this.#running.delete(done))
    this.#running.add(done)
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}
