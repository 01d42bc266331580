import type { TarEntry } from '../../formats/tar/entry.ts'
import type { TarSink } from '../../formats/tar/parser.ts'
import { changedMode } from './mode-change.ts'
import type { ModeChange, Owner } from './requests.ts'

/** Gives members the owner, permissions and time that a copy asks for. */
export class DressingSink implements TarSink {
  readonly #next: TarSink
  readonly #wanted: { owner?: Owner; mode?: ModeChange; time?: number }

  constructor(next: TarSink, wanted: { owner?: Owner; mode?: ModeChange; time?: number }) {
    this.#next = next
    this.#wanted = wanted
  }

  entry(entry: TarEntry): void {
    const { owner, mode, time } = this.#wanted
    this.#next.entry({
      ...entry,
      ...owner,
      ...(mode && entry.type !== 'symlink' && { mode: changedMode(entry.mode, mode, entry.type === 'directory') }),
      ...(time !== undefined && { modified: { seconds: time, nanoseconds: 0 } }),
    })
  }

  data(chunk: Uint8Array, start: number, end: number): void {
    this.#next.data(chunk, start, end)
  }

  done(): void {
    this.#next.done()
  }
}
