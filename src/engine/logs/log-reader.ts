import { FileWatch } from './file-watch.ts'
import type { LogOptions } from './log-options.ts'
import { LogRenderer } from './log-renderer.ts'
import { LogTape } from './log-tape.ts'

export type LogSource = {
  /** Path of the current file; rotated ones are beside it with `.1`, `.2`, … */
  path: string
  /** Resolves when nothing more will be written: a follower ends then, with all that is in the file. */
  ended: Promise<void>
}

/** The log as an API client gets it, in pieces of up to some 256 KiB. Ends early, without error, when the signal aborts. */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const tape = new LogTape(source.path)
  const renderer = new LogRenderer(options)
  try {
    await tape.open(options.tail)
    yield* rendered(tape.lines(signal), renderer)
    if (options.follow && !renderer.isPast) yield* follow(tape, renderer, source.ended, signal)
  } finally {
    await tape.close()
  }
}

async function* rendered(pieces: AsyncIterable<Buffer>, renderer: LogRenderer): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    const output = renderer.render(piece)
    if (output.length > 0) yield output
    if (renderer.isPast) return
  }
}

async function* follow(
  tape: LogTape,
  renderer: LogRenderer,
  ended: Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  using watch = new FileWatch(tape.directory, () => void tape.lookForNewer().catch(() => {}))
  let hasEnded = false
  const onEnd = () => {
    hasEnded = true
    watch.notify()
  }
  const onAbort = () => watch.notify()
  void ended.then(onEnd, onEnd)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    while (!signal.aborted && !renderer.isPast) {
      const isLast = hasEnded
      yield* rendered(tape.news(signal), renderer)
      if (isLast) return
      await watch.changed()
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
