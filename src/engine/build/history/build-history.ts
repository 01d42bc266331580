import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from '../../../base/faults.ts'
import { formatPlatform } from '../../../formats/platform/platform.ts'
import type { Database } from '../../../store/database/database.ts'
import type { BuildRequest, BuildResult, ReportProgress } from '../contract.ts'
import { BuildLogWriter, readBuildLog } from './build-log.ts'
import type { BuildRecord, RecordedLog } from './build-record.ts'
import { BuildRecorder } from './build-recorder.ts'
import { HistoryTable } from './history-table.ts'

/** Builds that are kept, as BuildKit keeps them: so many, and so long. Pinned ones stay. */
const MOST_BUILDS = 50
const KEPT_MS = 48 * 3_600_000

type Run = (report: ReportProgress) => Promise<BuildResult>

/** What builds there were, with their steps and their output. */
export class BuildHistory {
  readonly #table: HistoryTable
  readonly #directory: string
  readonly #listeners = new Set<(record: BuildRecord) => void>()

  constructor(database: Database, dataRoot: string) {
    this.#table = new HistoryTable(database)
    this.#directory = join(dataRoot, 'builds')
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
  }

  /** A build that ran when the daemon was killed has ended with it. */
  recover(): void {
    const kept = this.#table.list()
    for (const { id, record } of kept) {
      if (record.status === 'running') this.#table.update(id, { ...record, ...STOPPED, completed: Date.now() })
    }
    const names = new Set(kept.map(({ id }) => String(id)))
    for (const name of readdirSync(this.#directory)) if (!names.has(name)) rmSync(join(this.#directory, name))
  }

  list(): BuildRecord[] {
    return this.#table.list().map(({ record }) => record)
  }

  get(ref: string): BuildRecord | undefined {
    return this.#table.get(ref)?.record
  }

  /** To be told when a build begins and when it ends. */
  listen(listener: (record: BuildRecord) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** The output of a build, as far as it has been written. */
  async *logs(ref: string): AsyncGenerator<RecordedLog, void> {
    const found = this.#table.get(ref)
    if (found) yield* readBuildLog(this.#path(found.id))
  }

  pin(ref: string, pinned: boolean): boolean {
    const found = this.#table.get(ref)
    if (found) this.#table.update(found.id, { ...found.record, pinned })
    return found !== undefined
  }

  /** One that runs is not removed. */
  remove(ref: string): boolean {
    const found = this.#table.get(ref)
    if (!found || found.record.status === 'running') return false
    this.#forget(found.id)
    return true
  }

  /** Runs a build and keeps what comes of it. */
  async record(request: BuildRequest, report: ReportProgress, run: Run): Promise<BuildResult> {
    const record = begun(request)
    const id = this.#table.begin(record)
    this.#tell(record)
    const log = new BuildLogWriter(this.#path(id))
    const recorder = new BuildRecorder(log)
    const end = (end: Partial<BuildRecord>) => {
      const over = { ...record, ...end, completed: Date.now(), steps: recorder.steps() }
      this.#table.update(id, over)
      this.#tell(over)
    }
    try {
      const result = await run(progress => {
        recorder.take(progress)
        report(progress)
      })
      end({ status: 'completed', response: result.response })
      return result
    } catch (failure) {
      const isCanceled = failure instanceof Error && 'kind' in failure && failure.kind === 'cancelled'
      end({ status: isCanceled ? 'canceled' : 'error', error: describe(failure) })
      throw failure
    } finally {
      await log.end()
      this.#trim()
    }
  }

  #tell(record: BuildRecord): void {
    for (const listener of this.#listeners) listener(record)
  }

  #trim(): void {
    const over = this.#table.list().filter(({ record }) => record.status !== 'running' && !record.pinned)
    const old = Date.now() - KEPT_MS
    over.forEach(({ id, record }, place) => {
      if (place >= MOST_BUILDS || record.started < old) this.#forget(id)
    })
  }

  #forget(id: number): void {
    this.#table.remove(id)
    rmSync(this.#path(id), { force: true })
  }

  readonly #path = (id: number): string => join(this.#directory, String(id))
}

const STOPPED = { status: 'error', error: 'the daemon stopped during the build' } as const

const begun = ({ ref, name, dockerfile, target, platforms }: BuildRequest): BuildRecord => ({
  ref,
  name: name ?? '',
  dockerfile: dockerfile.name,
  target: target ?? '',
  platforms: platforms.map(formatPlatform),
  started: Date.now(),
  status: 'running',
  error: '',
  steps: [],
  response: {},
  pinned: false,
})
