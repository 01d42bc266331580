import { formatDuration } from '../../base/durations.ts'
import { describe } from '../../base/faults.ts'
import { formatTimestamp, nowNanoseconds, parseTimestamp } from '../../base/timestamps.ts'
import type { Health, HealthcheckResult } from '../../formats/engine-api/common.ts'
import type { HealthProbe } from '../../host/health-probe/health-probe.ts'
import type { ProbeAnswer } from '../../host/health-probe/probe-answers.ts'
import type { LiveContainer } from '../containers/live-container.ts'
import type { HealthSettings } from './health-settings.ts'
import { judge, pauseMs } from './judgement.ts'

/** Docker keeps so much of what a check prints. */
const OUTPUT_BYTES = 4096
const NOT_RUN = -1
const OVER_TIME = -2
const NANOSECONDS_PER_MS = 1_000_000

export type HealthWatchNeeds = {
  startProbe: () => Promise<HealthProbe>
  /** Told after every check; `changed` when the status is another than before. */
  told: (health: Health, changed: boolean) => void
}

/** The checks of one run of a container: one after another, with the pause between them that its settings ask for. */
export class HealthWatch {
  readonly #container: LiveContainer
  readonly #settings: HealthSettings
  readonly #needs: HealthWatchNeeds
  #timer: ReturnType<typeof setTimeout> | undefined
  #probe: HealthProbe | undefined
  #isOver = false

  constructor(container: LiveContainer, settings: HealthSettings, needs: HealthWatchNeeds) {
    this.#container = container
    this.#settings = settings
    this.#needs = needs
    this.#schedule()
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#probe?.stop()
  }

  get #health(): Health {
    return this.#container.record.state.health ?? { Status: 'starting', FailingStreak: 0, Log: [] }
  }

  #ranMs(): number {
    return Number((nowNanoseconds() - parseTimestamp(this.#container.record.state.startedAt)) / 1_000_000n)
  }

  #schedule(): void {
    const pause = pauseMs(this.#health, this.#settings, this.#ranMs())
    this.#timer = setTimeout(() => void this.#round(), pause)
    this.#timer.unref()
  }

  async #round(): Promise<void> {
    const ranMs = this.#ranMs()
    const start = nowNanoseconds()
    const answer = await this.#check()
    if (this.#isOver) return
    const before = this.#health
    const result = resultOf(answer, start, this.#settings.timeoutMs)
    const health = judge({ health: before, result, settings: this.#settings, ranMs })
    this.#needs.told(health, health.Status !== before.Status)
    if (!this.#isOver) this.#schedule()
  }

  /** A prober that was there before may have been killed in its container: then a new one is asked. */
  async #check(): Promise<ProbeAnswer> {
    const { timeoutMs } = this.#settings
    const known = await this.#probe?.check(timeoutMs).catch(() => undefined)
    if (known) return known
    try {
      this.#probe?.stop()
      this.#probe = undefined
      const probe = await this.#needs.startProbe()
      if (this.#isOver) probe.stop()
      else this.#probe = probe
      return await probe.check(timeoutMs)
    } catch (failure) {
      return { code: NOT_RUN, output: Buffer.from(describe(failure)) }
    }
  }
}

function resultOf({ code, output }: ProbeAnswer, start: bigint, timeoutMs: number): HealthcheckResult {
  const text = Buffer.from(output.subarray(0, OUTPUT_BYTES)).toString() + (output.length > OUTPUT_BYTES ? '...' : '')
  const late = `Health check exceeded timeout (${formatDuration(timeoutMs * NANOSECONDS_PER_MS)})`
  return {
    Start: formatTimestamp(start),
    End: formatTimestamp(nowNanoseconds()),
    ExitCode: code === OVER_TIME ? NOT_RUN : code,
    Output: code === OVER_TIME ? [late, text].filter(Boolean).join(': ') : text,
  }
}
