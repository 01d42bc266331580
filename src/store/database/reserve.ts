import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs'

const RESERVE_BYTES = 512 * 1024
const RENEW_AFTER_MS = 10_000

/** A file that holds some space, given up when the disk is full so that what removes things can still be recorded. */
export class Reserve {
  readonly #path: string
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(path: string) {
    this.#path = path
    this.#renew()
  }

  /** Gives the space back to the disk, to be taken again once there is enough; false if there is none to give. */
  readonly giveUp = (): boolean => {
    if (!existsSync(this.#path)) return false
    rmSync(this.#path, { force: true })
    this.#renewLater()
    return true
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #renewLater(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#renew(), RENEW_AFTER_MS).unref()
  }

  #renew(): void {
    if (existsSync(this.#path) || take(this.#path)) return
    rmSync(this.#path, { force: true })
    this.#renewLater()
  }
}

function take(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600)
    try {
      return writeSync(file, Buffer.alloc(RESERVE_BYTES, 1)) === RESERVE_BYTES
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}
