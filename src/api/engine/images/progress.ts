import type { ProgressLine } from '../../../formats/engine-api/common.ts'
import { answerOf } from '../../http/errors.ts'
import type { Answer, ApiRequest } from '../../http/operation.ts'

export type Report = (line: ProgressLine) => void
export type ProgressWork = (report: Report, signal: AbortSignal) => Promise<void>

/** How many lines wait for a client that does not read before bars are left out. */
const MOST_WAITING = 256

/**
 * Work that tells of its progress in JSON lines. What fails before the first line is an error with its own status; after it, the
 * error is the last line of a 200. The work is cancelled when the client goes.
 */
export async function progressAnswer(operation: string, request: ApiRequest, work: ProgressWork): Promise<Answer> {
  const gone = new AbortController()
  const lines = new Lines()
  const signal = AbortSignal.any([request.signal, gone.signal])
  const done = work(line => lines.add(line), signal).then(
    () => lines.end(),
    failure => lines.fail(failure),
  )
  await Promise.race([lines.started, done])
  if (lines.isEmpty && lines.failure) throw lines.failure.reason
  return { kind: 'stream', status: 200, contentType: 'application/json', body: print(operation, lines, gone) }
}

async function* print(operation: string, lines: Lines, gone: AbortController): AsyncGenerator<string> {
  try {
    for await (const line of lines.read()) yield `${JSON.stringify(line)}\r\n`
    if (lines.failure) yield `${JSON.stringify(errorLine(operation, lines.failure.reason))}\r\n`
  } finally {
    gone.abort()
  }
}

function errorLine(operation: string, failure: unknown): ProgressLine {
  const answer = answerOf(failure, operation)
  const message = answer.kind === 'json' ? (answer.body as { message: string }).message : 'failed'
  return { errorDetail: { message }, error: message }
}

class Lines {
  readonly started: Promise<void>
  failure: { reason: unknown } | undefined
  readonly #waiting: ProgressLine[] = []
  #ended = false
  #wake: () => void = () => {}
  #start: () => void = () => {}
  #any = false

  constructor() {
    this.started = new Promise(resolve => {
      this.#start = resolve
    })
  }

  get isEmpty(): boolean {
    return !this.#any
  }

  add(line: ProgressLine): void {
    const isBar = line.progressDetail?.current !== undefined
    if (isBar && this.#waiting.length >= MOST_WAITING) return
    this.#any = true
    this.#waiting.push(line)
    this.#start()
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  fail(reason: unknown): void {
    this.failure = { reason }
    this.end()
  }

  async *read(): AsyncGenerator<ProgressLine> {
    for (;;) {
      yield* this.#waiting.splice(0)
      if (this.#waiting.length > 0) continue
      if (this.#ended) return
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
