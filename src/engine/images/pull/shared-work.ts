/** Tells everyone who shares a piece of work how it goes; the latest note is told to those who join later. */
export type Listen<Note> = (note: Note) => void

type Running<Result, Note> = {
  controller: AbortController
  result: Promise<Result>
  listeners: Set<Listen<Note>>
  latest?: Note
}

/**
 * Work that several may want at once and that is done once. It ends only when nobody wants it any more: whoever goes away
 * leaves it to the others (a pull does not die with the client that happened to be first, nor outlive the last).
 */
export class SharedWork<Result, Note> {
  readonly #running = new Map<string, Running<Result, Note>>()

  /**
   * The result, from work under way or begun now. If work that another began fails, it is begun again by this one's means.
   * Rejects with the signal's reason when the signal aborts.
   */
  async join(
    key: string,
    signal: AbortSignal,
    listen: Listen<Note>,
    work: (signal: AbortSignal, tell: Listen<Note>) => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      signal.throwIfAborted()
      const found = this.#running.get(key)
      const running = found ?? this.#begin(key, work)
      if (running.latest !== undefined) listen(running.latest)
      try {
        return await this.#share(key, running, signal, listen)
      } catch (failure) {
        if (!found || signal.aborted) throw failure
      }
    }
  }

  #begin(key: string, work: (signal: AbortSignal, tell: Listen<Note>) => Promise<Result>): Running<Result, Note> {
    const controller = new AbortController()
    const listeners = new Set<Listen<Note>>()
    const running: Running<Result, Note> = { controller, listeners, result: Promise.resolve() as never }
    const tell = (note: Note) => {
      running.latest = note
      for (const listener of listeners) listener(note)
    }
    running.result = Promise.resolve()
      .then(() => work(controller.signal, tell))
      .finally(() => this.#forget(key, running))
    running.result.catch(() => {})
    this.#running.set(key, running)
    return running
  }

  async #share(
    key: string,
    running: Running<Result, Note>,
    signal: AbortSignal,
    listen: Listen<Note>,
  ): Promise<Result> {
    running.listeners.add(listen)
    try {
      return await unlessAborted(running.result, signal)
    } finally {
      running.listeners.delete(listen)
      if (running.listeners.size === 0) {
        this.#forget(key, running)
        running.controller.abort()
      }
    }
  }

  #forget(key: string, running: Running<Result, Note>): void {
    if (this.#running.get(key) === running) this.#running.delete(key)
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
