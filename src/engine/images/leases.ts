/** Layers that a pull, a load or an import has brought or counts on, before the image that needs them is recorded. */
export class Leases {
  readonly #held = new Map<string, number>()

  holds(diffId: string): boolean {
    return this.#held.has(diffId)
  }

  hold(diffIds: readonly string[]): Disposable {
    for (const diffId of diffIds) this.#held.set(diffId, (this.#held.get(diffId) ?? 0) + 1)
    let released = false
    return {
      [Symbol.dispose]: () => {
        if (released) return
        released = true
        for (const diffId of diffIds) this.#release(diffId)
      },
    }
  }

  #release(diffId: string): void {
    const left = (this.#held.get(diffId) ?? 1) - 1
    if (left === 0) this.#held.delete(diffId)
    else this.#held.set(diffId, left)
  }
}
