import { Semaphore } from '../../../base/locks.ts'

/** So many transfers at once with each host, so that one which hangs holds up nobody else. */
export class HostSlots {
  readonly #concurrent: number
  readonly #hosts = new Map<string, { semaphore: Semaphore; users: number }>()

  constructor(concurrent: number) {
    this.#concurrent = concurrent
  }

  /** `waiting` is called if others are before this one. */
  async run<T>(host: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
    const slot = this.#hosts.get(host) ?? { semaphore: new Semaphore(this.#concurrent), users: 0 }
    this.#hosts.set(host, slot)
    slot.users++
    if (slot.users > this.#concurrent) waiting()
    try {
      return await slot.semaphore.run(work)
    } finally {
      slot.users--
      if (slot.users === 0) this.#hosts.delete(host)
    }
  }
}
