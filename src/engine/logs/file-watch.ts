import { type FSWatcher, watch } from 'node:fs'
import { logger } from '../../base/log.ts'

const log = logger('logs')
/** Bun's watcher drops an event that follows another within a millisecond or two: after each one there is a second look. */
const SECOND_LOOK_MS = 5
/** Only where the machine has no inotify watch left. */
const FALLBACK_MS = 500

/** Tells that something in a folder has changed since it was last asked. Must be closed. */
export class FileWatch implements Disposable {
  readonly #watcher: FSWatcher | undefined
  readonly #fallback: ReturnType<typeof setInterval> | undefined
  #secondLook: ReturnType<typeof setTimeout> | undefined
  #isChanged = false
  #wake: (() => void) | undefined

  /** `renamed` is called when a name in it has come or gone. */
  constructor(directory: string, renamed: () => void = () => {}) {
    try {
      this.#watcher = watch(directory, event => {
        if (event === 'rename') renamed()
        this.#notice()
      })
      this.#watcher.on('error', () => this.notify())
    } catch (failure) {
      log.warn('no file watch can be had, looking twice a second instead', { directory, error: failure })
      this.#fallback = setInterval(() => this.notify(), FALLBACK_MS)
    }
  }

  /** Also for other reasons to look again: the container has ended, the client has gone. */
  notify(): void {
    this.#isChanged = true
    this.#wake?.()
  }

  /** Returns at once if there was a change since the last call. */
  async changed(): Promise<void> {
    if (!this.#isChanged) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    this.#wake = undefined
    this.#isChanged = false
  }

  [Symbol.dispose](): void {
    this.#watcher?.close()
    clearInterval(this.#fallback)
    clearTimeout(this.#secondLook)
  }

  #notice(): void {
    this.notify()
    clearTimeout(this.#secondLook)
    this.#secondLook = setTimeout(() => this.notify(), SECOND_LOOK_MS)
  }
}
