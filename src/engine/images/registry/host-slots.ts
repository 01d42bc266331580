import { Semaphore } from '../../../base/locks.ts'

/** So many transfers at once with each host, so that one which hangs holds up nobody else. */
export class HostSlots {
  readonly #concurrent: () => number
  readonly #hosts = new Map<string, { semaphore: Semaphore; concurrent: number; users: number }>()

  /** Asked when transfers with a host begin; another number counts for it when those have ended. */
  constructor(concurrent: () => number) {
    this.#concurrent = concurrent
  }

  /** `waiting` is called if others are before this one. */
  async run<T>(host: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
    const slot = this.#hosts.get(host) ?? slotOf(this.#concurrent())
    this.#hosts.set(host, slot)
    slot.users++
    if (slot.users > slot.concurrent) waiting()
    try {
      return await slot.semaphore.run(work)
    } finally {
      slot.users--
      if (slot.users === 0) this.#hosts.delete(host)
    }
  }
}

const slotOf = (concurrent: number) => ({ semaphore: new Semaphore(concurrent), concurrent, users: 0 })
