import { Fault, type FaultKind } from '../../base/faults.ts'
import { type Helper, startHelper } from '../../host/processes/helper.ts'
import { contextFaults } from './faults.ts'
import type { ContextReport, ContextRequest } from './requests.ts'

/** One run of the child: it is fed, and every line of its answer is handed on, until it has said that it is done. */
export class Conversation {
  readonly #child: Helper
  readonly #ended: Promise<void>
  #failure: unknown
  #hasEnded = false

  constructor(request: ContextRequest, take: (report: ContextReport) => void) {
    this.#child = startHelper('__context', request)
    this.#ended = this.#listen(take).finally(() => {
      this.#hasEnded = true
    })
    this.#ended.catch(failure => {
      this.#failure = failure
    })
  }

  /** Resolves when more can be sent. A child that has failed says why here or at the end. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#hasEnded) throw this.#failure ?? contextFaults.CHILD('it ended early')
    await Promise.race([this.#child.write(bytes).catch(() => this.#ended), this.#ended])
  }

  async end(): Promise<void> {
    await this.#child.endInput()
    await this.#ended
    await this.#child.exited
  }

  async abandon(): Promise<void> {
    this.#child.kill()
    await this.#child.exited
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  async #listen(take: (report: ContextReport) => void): Promise<void> {
    for await (const line of this.#child.lines) {
      const report = JSON.parse(line) as ContextReport
      if ('fault' in report) throw faultOf(report.fault)
      if ('done' in report) return
      take(report)
    }
    throw contextFaults.CHILD(`exit ${await this.#child.exited}: ${await this.#child.complaint()}`)
  }
}

type Told = { kind: string; code: string; message: string; hint?: string }
const faultOf = ({ kind, code, message, hint }: Told) =>
  new Fault(kind as FaultKind, code, message, hint ? { hint } : {})
