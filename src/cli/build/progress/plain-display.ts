import type { StatusMessage } from '../../../wire/buildkit/control.ts'
import type { Output } from '../../output.ts'
import type { BuildDisplay } from './build-display.ts'
import { ShownStep } from './shown-step.ts'

/** As long as another step has the word, in milliseconds; longer, and those that wait are let speak. */
const PATIENCE_MS = 5_000
/** News are gathered for so long: most steps then are told of once, from their beginning to their end. */
const GATHER_MS = 100

/**
 * Line by line, without going back: what a log can keep. One step speaks at a time; what others say waits until it has ended,
 * or has long had the word. Source: the plain display of BuildKit, whose lines these are.
 */
export class PlainDisplay implements BuildDisplay {
  readonly #output: Output
  readonly #steps = new Map<string, ShownStep>()
  #current: ShownStep | undefined
  #since = 0
  #numbers = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(output: Output) {
    this.#output = output
  }

  show({ vertexes, statuses, logs, warnings }: StatusMessage): void {
    for (const vertex of vertexes) this.#step(vertex.digest).vertex(vertex)
    for (const status of statuses) this.#step(status.vertex).status(status)
    for (const log of logs) this.#step(log.vertex).log(log)
    for (const warning of warnings) this.#step(warning.vertex).warning(Buffer.from(warning.short).toString())
    this.#timer ??= setTimeout(() => this.#print(), GATHER_MS)
  }

  finish(): void {
    clearTimeout(this.#timer)
    this.#print()
    for (const step of this.#steps.values()) if (step.hasNews) this.#speak(step)
    for (const step of this.#steps.values()) for (const line of step.failureLines()) this.#output.line(line)
  }

  #step(digest: string): ShownStep {
    const known = this.#steps.get(digest)
    if (known) return known
    const step = new ShownStep()
    this.#steps.set(digest, step)
    return step
  }

  #print(): void {
    this.#timer = undefined
    if (this.#current?.hasNews) this.#speak(this.#current)
    const waiting = [...this.#steps.values()].filter(step => step.hasNews && step !== this.#current)
    const ended = waiting.filter(step => step.isCompleted).sort((a, b) => a.completedMs - b.completedMs)
    for (const step of ended) this.#speak(step)
    const running = waiting.filter(step => !step.isCompleted)
    const isLong = performance.now() - this.#since > PATIENCE_MS
    if (running[0] && (!this.#current || isLong)) this.#speak(running[0])
  }

  #speak(step: ShownStep): void {
    if (step.number === 0) step.number = ++this.#numbers
    if (step !== this.#current) this.#turnTo(step)
    for (const line of step.takeLines()) this.#output.line(`#${step.number} ${line}`)
    if (step.isCompleted) this.#current = undefined
  }

  #turnTo(step: ShownStep): void {
    if (this.#current) this.#output.line(`#${this.#current.number} ...`)
    if (this.#since > 0) this.#output.line('')
    this.#output.line(`#${step.number} ${step.name}`)
    this.#current = step
    this.#since = performance.now()
  }
}
