/** Lines that may wait in one source before it is read no further. */
const MOST_WAITING = 1000
/** How long the line of one source waits for earlier ones of others that are silent. */
const PATIENCE_MS = 100

type Timed = { time: string }
type Source<T> = { lines: T[]; isOver: boolean; taken: (() => void) | undefined }

/**
 * The lines of several sources, each in order of time, in the order of time over all. `isExact`: every source has an end, and
 * each line waits for all that may come before it; else it waits a moment for the sources that are silent. What a source throws
 * is thrown.
 */
export async function* mergeLines<T extends Timed>(
  sources: readonly AsyncIterable<T[]>[],
  isExact: boolean,
): AsyncGenerator<T[]> {
  const merge = new Merge<T>(sources, isExact)
  while (!merge.isOver) {
    const lines = await merge.next()
    if (lines.length > 0) yield lines
  }
}

class Merge<T extends Timed> {
  readonly #sources: Source<T>[]
  readonly #isExact: boolean
  #news = Promise.withResolvers<void>()
  #failure: { thrown: unknown } | undefined

  constructor(sources: readonly AsyncIterable<T[]>[], isExact: boolean) {
    this.#isExact = isExact
    this.#sources = sources.map(input => {
      const source: Source<T> = { lines: [], isOver: false, taken: undefined }
      void this.#read(input, source)
      return source
    })
  }

  get isOver(): boolean {
    return !this.#failure && this.#sources.every(({ lines, isOver }) => isOver && lines.length === 0)
  }

  /** Waits until every source has a line or is over, or long enough since there was one that waits. */
  async next(): Promise<T[]> {
    let isLate = false
    const isWaiting = this.#sources.some(({ lines }) => lines.length > 0)
    const hurry = () => {
      isLate = true
      this.#news.resolve()
    }
    const timer = isWaiting && !this.#isExact ? setTimeout(hurry, PATIENCE_MS) : undefined
    while (!this.#isComplete() && !isLate) {
      await this.#news.promise
      this.#news = Promise.withResolvers<void>()
      if (!isWaiting) break
    }
    clearTimeout(timer)
    if (this.#failure) throw this.#failure.thrown
    return this.#take(isLate)
  }

  #isComplete(): boolean {
    return this.#failure !== undefined || this.#sources.every(({ lines, isOver }) => isOver || lines.length > 0)
  }

  #take(all: boolean): T[] {
    const taken: T[] = []
    while (all || this.#isComplete()) {
      const first = this.#earliest()
      if (!first) break
      taken.push(first.lines.shift()!)
    }
    for (const source of this.#sources) if (source.lines.length < MOST_WAITING) source.taken?.()
    return taken
  }

  #earliest(): Source<T> | undefined {
    let earliest: Source<T> | undefined
    for (const source of this.#sources) {
      const time = source.lines[0]?.time
      if (time !== undefined && (!earliest || time < earliest.lines[0]!.time)) earliest = source
    }
    return earliest
  }

  async #read(input: AsyncIterable<T[]>, source: Source<T>): Promise<void> {
    try {
      for await (const lines of input) {
        for (const line of lines) source.lines.push(line)
        this.#news.resolve()
        if (source.lines.length >= MOST_WAITING) await new Promise<void>(resolve => (source.taken = resolve))
        source.taken = undefined
      }
    } catch (thrown) {
      this.#failure ??= { thrown }
    }
    source.isOver = true
    this.#news.resolve()
  }
}
