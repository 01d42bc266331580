import type { EngineEvent } from './event.ts'

/** A subscriber that is this far behind is let go: its client reads nothing, and memory is not his to take. */
const MAX_WAITING = 16_384

/** A queue between the one who emits, who never waits, and one reader. Ends when `close` is called or the reader leaves. */
export class Subscription implements AsyncIterable<EngineEvent> {
  readonly #waiting: EngineEvent[]
  #wake: (() => void) | undefined
  #closed = false
  readonly #left: () => void

  constructor(replayed: EngineEvent[], left: () => void) {
    this.#waiting = replayed
    this.#left = left
  }

  /** False when the subscriber was let go because it does not read. */
  push(event: EngineEvent): boolean {
    this.#waiting.push(event)
    if (this.#waiting.length > MAX_WAITING) this.close()
    this.#wake?.()
    return !this.#closed
  }

  /** What is queued is still delivered. */
  close(): void {
    this.#closed = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EngineEvent> {
    try {
      for (;;) {
        const event = this.#waiting.shift()
        if (event) yield event
        else if (this.#closed) return
        else await this.#next()
      }
    } finally {
      this.#left()
    }
  }

  async #next(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#wake = resolve
    })
    this.#wake = undefined
  }
}
