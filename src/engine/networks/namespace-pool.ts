import { describe, hasKind } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'

const log = logger('networks')
const PATIENCE_MS = 30
const RETRY_MS = 1000
const SHRINK_MS = 10_000

/** `build` makes one; `discard` takes an unused one down. `least` are kept ready in quiet times, up to `most` when many are asked for. */
export type PoolPlan<Slot> = {
  name: string
  least: number
  most: number
  build(): Promise<Slot>
  discard(slots: Slot[]): Promise<void>
}

type Waiter<Slot> = { resolve: (slot: Slot) => void; reject: (failure: unknown) => void }

/**
 * Namespaces made ahead, so that a start need not wait for the kernel. They are built one at a time: in quiet moments while
 * enough are left, at once when few are. Whoever finds none waits for the next that is built, and the pool grows.
 */
export class NamespacePool<Slot> {
  readonly #plan: PoolPlan<Slot>
  readonly #ready: Slot[] = []
  readonly #waiting: Waiter<Slot>[] = []
  #target: number
  #building: Promise<void> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #shrinkAt = 0
  #shrinkTimer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(plan: PoolPlan<Slot>) {
    this.#plan = plan
    this.#target = plan.least
  }

  /** Fills it; resolves when the first slots are there. */
  async open(): Promise<void> {
    this.#refill()
    await this.#building
  }

  /** Ready at once if one is; rejects with the failure of the building otherwise. */
  take(): Promise<Slot> | Slot {
    if (this.#isClosed) throw new Error(`the pool ${this.#plan.name} has been closed`)
    const slot = this.#ready.shift()
    if (slot === undefined) this.#grow()
    this.#planRefill()
    return slot ?? new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** For one that was taken and never used. */
  giveBack(slot: Slot): void {
    if (this.#isClosed) void this.#discard([slot])
    else this.#deliver(slot, true)
  }

  /** Takes out one that is ready, if it is as wanted. */
  pick(isWanted: (slot: Slot) => boolean): Slot | undefined {
    const at = this.#ready.findIndex(isWanted)
    return at < 0 ? undefined : this.#ready.splice(at, 1)[0]
  }

  /** Takes down what was not used. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#shrinkTimer)
    await this.#building
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the pool ${this.#plan.name} has been closed`))
    await this.#discard(this.#ready.splice(0))
  }

  get ready(): number {
    return this.#ready.length
  }

  #grow(): void {
    this.#target = Math.min(this.#plan.most, Math.max(1, this.#target * 2))
    this.#shrinkAt = Date.now() + SHRINK_MS
    clearTimeout(this.#shrinkTimer)
    this.#shrinkTimer = unreferenced(setTimeout(() => this.#shrink(), SHRINK_MS))
  }

  /** The rush is over. */
  #shrink(): void {
    this.#target = this.#plan.least
    const surplus = this.#ready.splice(this.#plan.least)
    this.#discard(surplus).catch(failure =>
      log.warn('namespaces that nobody needs stay', { pool: this.#plan.name, error: describe(failure) }),
    )
  }

  #planRefill(): void {
    if (this.#building || this.#isClosed) return
    clearTimeout(this.#timer)
    const isUrgent = this.#waiting.length > 0 || this.#ready.length < Math.floor(this.#plan.least / 2)
    if (isUrgent) this.#refill()
    else this.#timer = unreferenced(setTimeout(() => this.#refill(), PATIENCE_MS))
  }

  #refill(): void {
    if (this.#building || this.#isClosed) return
    if (Date.now() > this.#shrinkAt) this.#target = this.#plan.least
    this.#building = this.#build().finally(() => {
      this.#building = undefined
      if (this.#waiting.length > 0) this.#planRefill()
    })
  }

  async #build(): Promise<void> {
    while (!this.#isClosed && (this.#ready.length < this.#target || this.#waiting.length > 0)) {
      try {
        this.#deliver(await this.#plan.build(), false)
      } catch (failure) {
        this.#fail(failure)
        return
      }
    }
  }

  #deliver(slot: Slot, first: boolean): void {
    const waiter = this.#waiting.shift()
    if (waiter) waiter.resolve(slot)
    else if (first) this.#ready.unshift(slot)
    else this.#ready.push(slot)
  }

  /** Nobody may wait for ever: those who wait get the failure; the pool tries again a little later. A network that is full is no trouble until somebody asks. */
  #fail(failure: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(failure)
    if (hasKind(failure, 'exhausted')) return
    log.error('a namespace could not be prepared', { pool: this.#plan.name, error: describe(failure) })
    if (!this.#isClosed) this.#timer = unreferenced(setTimeout(() => this.#refill(), RETRY_MS))
  }

  async #discard(slots: Slot[]): Promise<void> {
    if (slots.length > 0) await this.#plan.discard(slots)
  }
}

function unreferenced(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  timer.unref()
  return timer
}
