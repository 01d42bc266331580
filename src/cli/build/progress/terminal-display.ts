import type { StatusMessage } from '../../../wire/buildkit/control.ts'
import type { Output } from '../../output.ts'
import { windowSize } from '../../terminal.ts'
import type { BuildDisplay } from './build-display.ts'
import { type FrameLine, type FrameStep, renderFrame } from './frame.ts'
import { StepTail } from './step-tail.ts'

const REDRAW_MS = 100
/** What is shown of a step that failed. */
const TAIL_LINES = 10
const COLOURS = { plain: '', done: '\x1b[34m', failed: '\x1b[31m', cancelled: '\x1b[33m' } as const

/** A picture of the build that is drawn anew in its place while the build goes on. */
export class TerminalDisplay implements BuildDisplay {
  readonly #output: Output
  readonly #hasColour: boolean
  readonly #steps = new Map<string, FrameStep>()
  readonly #started = Date.now()
  readonly #timer: ReturnType<typeof setInterval>
  readonly #warnings: string[] = []
  #drawn = 0

  constructor(output: Output, hasColour: boolean) {
    this.#output = output
    this.#hasColour = hasColour
    this.#timer = setInterval(() => this.#draw(false), REDRAW_MS)
  }

  show({ vertexes, statuses, logs, warnings }: StatusMessage): void {
    for (const { short } of warnings) this.#warnings.push(Buffer.from(short).toString())
    for (const vertex of vertexes) this.#step(vertex.digest).vertex = vertex
    for (const status of statuses) this.#steps.get(status.vertex)?.statuses.set(status.id, status)
    for (const log of logs) this.#steps.get(log.vertex)?.tail.push(log.bytes)
  }

  finish(): void {
    clearInterval(this.#timer)
    this.#draw(true)
    if (this.#warnings.length > 0) this.#tellWarnings()
    for (const { vertex, tail } of this.#steps.values()) {
      if (vertex.error === '' || vertex.error.endsWith('context canceled') || tail.lines().length === 0) continue
      for (const line of ['------', ` > ${vertex.name}:`, ...tail.lines(), '------']) this.#output.line(line)
    }
  }

  #tellWarnings(): void {
    const count = this.#warnings.length
    this.#output.line(`\n ${count} ${count === 1 ? 'warning' : 'warnings'} found (use --check for more):`)
    for (const short of this.#warnings) this.#output.line(` - ${short}`)
  }

  #step(digest: string): FrameStep {
    const known = this.#steps.get(digest)
    if (known) return known
    const step = { vertex: NOTHING, statuses: new Map(), tail: new StepTail(TAIL_LINES) } as FrameStep
    this.#steps.set(digest, step)
    return step
  }

  #draw(isOver: boolean): void {
    const { rows, columns } = windowSize(this.#output)
    const size = { rows: rows || 24, columns: columns || 80 }
    const frame = renderFrame([...this.#steps.values()], size, this.#started, Date.now(), isOver)
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : ''
    this.#output.write(`${up}\r\x1b[J${frame.map(line => `${this.#painted(line)}\n`).join('')}`)
    this.#drawn = frame.length
    void this.#output.flush()
  }

  #painted({ text, tone }: FrameLine): string {
    const colour = this.#hasColour ? COLOURS[tone] : ''
    return colour === '' ? text : `${colour}${text}\x1b[0m`
  }
}

const NOTHING = {
  digest: '',
  inputs: [],
  name: '',
  cached: false,
  error: '',
  started: undefined,
  completed: undefined,
  progressGroup: undefined,
} satisfies StatusMessage['vertexes'][number]
