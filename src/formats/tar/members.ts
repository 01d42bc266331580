import type { TarEntry } from './entry.ts'
import { TarParser, type TarSink } from './parser.ts'

/** `body` is the member's content; what is left of it is read over when the next member is asked for. */
export type TarMember = { entry: TarEntry; body: AsyncIterable<Uint8Array> }

type Step = { entry: TarEntry } | { bytes: Uint8Array } | { done: true }

/** The members of an archive one by one, as its bytes arrive. Chunks of a body are parts of the chunks that came in, not copies. */
export async function* tarMembers(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const steps = stepsOf(source)
  for (;;) {
    const { value: step, done } = await steps.next()
    if (done) return
    if (!('entry' in step)) continue
    const body = new Body(steps)
    yield { entry: step.entry, body }
    await body.skip()
  }
}

class Body implements AsyncIterable<Uint8Array> {
  readonly #steps: AsyncIterator<Step>
  #ended = false

  constructor(steps: AsyncIterator<Step>) {
    this.#steps = steps
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (!this.#ended) {
      const { value: step, done } = await this.#steps.next()
      if (!done && 'bytes' in step) yield step.bytes
      else this.#ended = true
    }
  }

  async skip(): Promise<void> {
    for await (const _ of this);
  }
}

async function* stepsOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Step, undefined> {
  let steps: Step[] = []
  const sink: TarSink = {
    entry: entry => steps.push({ entry }),
    data: (chunk, start, end) => steps.push({ bytes: chunk.subarray(start, end) }),
    done: () => steps.push({ done: true }),
  }
  const parser = new TarParser(sink)
  for await (const chunk of source) {
    parser.push(chunk)
    const ready = steps
    steps = []
    yield* ready
  }
  parser.end()
}
