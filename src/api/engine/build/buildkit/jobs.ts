import type { GatewaySolveMessage, ResultMessage } from '../../../../wire/buildkit/gateway.ts'
import { buildkitFaults } from './faults.ts'
import { ProgressFeed } from './progress-feed.ts'
import type { Session } from './sessions.ts'

/** What a client that drives its build itself has brought about so far. */
export class Gateway {
  readonly #solves = new Map<string, GatewaySolveMessage>()
  readonly #returned = Promise.withResolvers<ResultMessage | undefined>()

  constructor() {
    this.#returned.promise.catch(() => {})
  }

  /** Nothing is built yet: what is returned in the end is what is wanted. */
  add(id: string, solve: GatewaySolveMessage): void {
    this.#solves.set(id, solve)
  }

  solve(id: string): GatewaySolveMessage {
    const found = this.#solves.get(id)
    if (!found) throw buildkitFaults.NO_RESULT(id)
    return found
  }

  return(result: ResultMessage | undefined): void {
    this.#returned.resolve(result)
  }

  fail(failure: Error): void {
    this.#returned.reject(failure)
  }

  async returned(signal: AbortSignal): Promise<ResultMessage | undefined> {
    signal.addEventListener('abort', () => this.#returned.reject(signal.reason), { once: true })
    signal.throwIfAborted()
    return await this.#returned.promise
  }
}

/** One build of a client, under the name that the client gave to it. */
export type Job = { ref: string; session: Session; feed: ProgressFeed; gateway: Gateway; isOver: boolean }

/** Calls of one build come on streams of their own, and in any order: each waits for the one that begins the build. */
export class Jobs {
  /** Those that run, and for a while those that have ended: who asks for their progress may come late. */
  readonly #known = new Map<string, Job>()
  readonly #waiting = new Map<string, Set<() => void>>()

  async run<T>(ref: string, session: Session, work: (job: Job) => Promise<T>): Promise<T> {
    if (ref === '') throw buildkitFaults.NO_REF()
    if (this.#known.get(ref)?.isOver === false) throw buildkitFaults.BUILD_EXISTS(ref)
    const job: Job = { ref, session, feed: new ProgressFeed(), gateway: new Gateway(), isOver: false }
    this.#known.set(ref, job)
    for (const wake of this.#waiting.get(ref) ?? []) wake()
    try {
      return await work(job)
    } finally {
      job.isOver = true
      job.feed.end()
      setTimeout(() => this.#forget(job), KEPT_MS).unref()
    }
  }

  #forget(job: Job): void {
    if (this.#known.get(job.ref) === job) this.#known.delete(job.ref)
  }

  /** Whether there is a build of which something is still to be told. */
  hasNews(ref: string): boolean {
    const job = this.#known.get(ref)
    return job !== undefined && (!job.isOver || job.feed.hasNews)
  }

  async get(ref: string, signal: AbortSignal): Promise<Job> {
    if (!this.#known.has(ref)) await this.#beginning(ref, signal)
    const job = this.#known.get(ref)
    if (!job) throw buildkitFaults.NO_BUILD(ref)
    return job
  }

  async #beginning(ref: string, signal: AbortSignal): Promise<void> {
    const begun = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(ref) ?? new Set()
    this.#waiting.set(ref, waiting.add(begun.resolve))
    const timer = setTimeout(begun.resolve, WAIT_MS)
    signal.addEventListener('abort', () => begun.resolve(), { once: true })
    await begun.promise
    clearTimeout(timer)
    waiting.delete(begun.resolve)
    if (waiting.size === 0) this.#waiting.delete(ref)
  }
}
const WAIT_MS = 5_000
const KEPT_MS = 10_000
