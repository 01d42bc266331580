import type { LiveContainer } from './live-container.ts'

/** Told of the runs of containers: `up` when one runs (started, adopted, thawed), `down` when it has ended or is frozen. */
export type LifeListener = { up: (container: LiveContainer) => void; down: (container: LiveContainer) => void }

/** Those who follow the runs of containers. They are told in the middle of a change and must not wait or throw. */
export class LifeListeners {
  readonly #all: LifeListener[] = []

  add(listener: LifeListener): void {
    this.#all.push(listener)
  }

  up(container: LiveContainer): void {
    for (const listener of this.#all) listener.up(container)
  }

  down(container: LiveContainer): void {
    for (const listener of this.#all) listener.down(container)
  }
}
