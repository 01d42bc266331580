import { formatBytes } from '../../../base/units.ts'
import type { StatusMessage } from '../../../wire/buildkit/control.ts'
import { millisecondsOf } from '../../../wire/buildkit/timestamp.ts'
import { StepTail } from './step-tail.ts'

type Vertex = StatusMessage['vertexes'][number]
type Status = StatusMessage['statuses'][number]
type Log = StatusMessage['logs'][number]

/** A transfer is told of again when it has come on by this much, or for so long. */
const LEAST_PART = 0.05
const LEAST_MS = 5_000

/** What is said once more of a step that failed. */
const TAIL_LINES = 10

/** One step of a build: what it has said and nobody has read. */
export class ShownStep {
  number = 0
  name = ''
  #vertex: Vertex | undefined
  #lines: string[] = []
  readonly #statuses = new Map<string, Status>()
  readonly #partial = new Map<number, string>()
  readonly #told = new Map<string, { current: number; ms: number }>()
  readonly #tail = new StepTail(TAIL_LINES)
  #endIsTold = false

  /** A step may end and begin again. */
  vertex(vertex: Vertex): void {
    if (!vertex.completed) this.#endIsTold = false
    this.#vertex = vertex
    this.name = vertex.name
  }

  status(status: Status): void {
    this.#statuses.set(status.id, status)
  }

  log({ stream, bytes, timestamp }: Log): void {
    this.#tail.push(bytes)
    const text = (this.#partial.get(stream) ?? '') + Buffer.from(bytes).toString()
    const lines = text.split('\n')
    this.#partial.set(stream, lines.pop() ?? '')
    const seconds = this.#secondsAt(timestamp ? millisecondsOf(timestamp) : 0)
    for (const line of lines) this.#lines.push(`${seconds} ${line.replace(/\r$/, '')}`)
  }

  warning(text: string): void {
    this.#lines.push(`WARN: ${text}`)
  }

  get isCompleted(): boolean {
    return this.#vertex?.completed !== undefined
  }

  get completedMs(): number {
    return this.#vertex?.completed ? millisecondsOf(this.#vertex.completed) : 0
  }

  /** A step that has not begun says nothing. */
  get hasNews(): boolean {
    if (!this.#vertex) return false
    const isNew = this.number === 0 && this.#vertex.started !== undefined
    return isNew || this.#lines.length + this.#statuses.size > 0 || (this.isCompleted && !this.#endIsTold)
  }

  takeLines(): string[] {
    const lines = [...this.#statusLines(), ...this.#lines]
    this.#lines = []
    if (this.isCompleted && !this.#endIsTold) {
      this.#endIsTold = true
      for (const rest of this.#partial.values()) if (rest !== '') lines.push(rest)
      lines.push(this.#end())
    }
    return lines
  }

  /** The newest word on each transfer, where it is worth a line. */
  #statusLines(): string[] {
    const news = [...this.#statuses.values()].filter(status => this.#isWorthTelling(status))
    this.#statuses.clear()
    return news.map(statusLine)
  }

  #isWorthTelling({ id, current, total, timestamp, completed }: Status): boolean {
    const ms = timestamp ? millisecondsOf(timestamp) : 0
    const last = this.#told.get(id)
    const part = last && total > 0 ? (current - last.current) / total : 0
    if (last && !completed && part < LEAST_PART && ms - last.ms < LEAST_MS) return false
    this.#told.set(id, { current, ms })
    return true
  }

  /** What a step that failed said last, once more where it is looked for. */
  failureLines(): string[] {
    const error = this.#vertex?.error ?? ''
    const lines = this.#tail.lines()
    if (error === '' || error.endsWith('context canceled') || lines.length === 0) return []
    return ['------', ` > ${this.name}:`, ...lines, '------']
  }

  #end(): string {
    const { error, cached, started } = this.#vertex!
    if (error.endsWith('context canceled')) return 'CANCELED'
    if (error !== '') return `ERROR: ${error}`
    if (cached) return 'CACHED'
    const seconds = started ? (this.completedMs - millisecondsOf(started)) / 1000 : 0
    return `DONE ${seconds.toFixed(1)}s`
  }

  #secondsAt(ms: number): string {
    const started = this.#vertex?.started
    const seconds = started ? Math.max(0, ms - millisecondsOf(started)) / 1000 : 0
    return seconds.toPrecision(4).slice(0, 5)
  }
}

function statusLine({ id, current, total, started, completed, timestamp }: Status): string {
  const size =
    total > 0 ? ` ${formatBytes(current)} / ${formatBytes(total)}` : current > 0 ? ` ${formatBytes(current)}` : ''
  const end = completed ?? timestamp
  const seconds = started && end ? (millisecondsOf(end) - millisecondsOf(started)) / 1000 : 0
  return `${id}${size}${seconds > 0.01 ? ` ${seconds.toFixed(1)}s` : ''}${completed ? ' done' : ''}`
}
