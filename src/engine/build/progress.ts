import { describe } from '../../base/faults.ts'
import { nowNanoseconds } from '../../base/timestamps.ts'
import type { Digest } from '../../formats/digest/digest.ts'
import { digestOf } from '../../formats/digest/digest.ts'
import type { BuildOutline, ReportProgress, Vertex, VertexWarning } from './contract.ts'

/** Of a step that another's failure has ended: displays know it by BuildKit's word. */
export const CANCELLED = 'context canceled'

/** Of one step; what comes after it is not told, or a client that reads slowly would fill the daemon's memory. */
const LOG_BYTES = 16 * 1024 * 1024

/** What the work of a vertex can say of itself. */
export type Telling = {
  vertex: Digest
  log(stream: 1 | 2, bytes: Uint8Array): void
  status(id: string, name: string, current: number, total: number, isDone?: boolean): void
  layer(diffId: Digest): void
}

type VertexPlan = Pick<Vertex, 'name' | 'inputs' | 'group' | 'lines'>

/** Tells a door how a build goes, vertex by vertex. */
export class Progress {
  readonly #report: ReportProgress
  readonly #ref: string
  readonly #started = new Map<string, bigint>()
  readonly #told = new Set<unknown>()

  constructor(ref: string, report: ReportProgress) {
    this.#ref = ref
    this.#report = report
  }

  digestOf(name: string, inputs: readonly Digest[] = []): Digest {
    return digestOf(Buffer.from(JSON.stringify([this.#ref, name, inputs])))
  }

  /** Beside the vertex that read the file. */
  warning(warning: Omit<VertexWarning, 'vertex'>): void {
    const name = `[internal] load build definition from ${warning.source?.name}`
    this.#report({ warning: { vertex: this.digestOf(name), ...warning } })
  }

  definition(name: string, text: string): void {
    this.#report({ definition: { name, text } })
  }

  outline(outline: BuildOutline): void {
    this.#report({ outline })
  }

  /** Announces what is to come, so that a display can show it before it begins. */
  announce(plan: VertexPlan): Digest {
    const digest = this.digestOf(plan.name, plan.inputs)
    this.#report({ vertex: { digest, ...plan } })
    return digest
  }

  async run<T>(plan: VertexPlan, work: (telling: Telling) => Promise<T>): Promise<T> {
    const digest = this.digestOf(plan.name, plan.inputs)
    const vertex: Vertex = { digest, ...plan, started: nowNanoseconds() }
    this.#report({ vertex })
    try {
      const result = await work(this.#telling(vertex))
      this.#report({ vertex: { ...vertex, completed: nowNanoseconds() } })
      return result
    } catch (failure) {
      const error = this.#told.has(failure) ? CANCELLED : describe(failure)
      this.#told.add(failure)
      this.#report({ vertex: { ...vertex, completed: nowNanoseconds(), error } })
      throw failure
    }
  }

  /** A step that failed before it began. A failure that another vertex has told of is not this one's. */
  async failed(plan: VertexPlan, failure: unknown): Promise<never> {
    if (this.#told.has(failure)) throw failure
    return await this.run(plan, () => Promise.reject(failure))
  }

  cached(plan: VertexPlan, layer: Digest): void {
    const digest = this.digestOf(plan.name, plan.inputs)
    const now = nowNanoseconds()
    this.#report({ vertex: { digest, ...plan, started: now, completed: now, cached: true, layer } })
  }

  #telling(told: Vertex): Telling {
    const vertex = told.digest
    let logged = 0
    return {
      vertex,
      layer: diffId => {
        told.layer = diffId
      },
      log: (stream, bytes) => {
        logged += bytes.length
        const shown = logged > LOG_BYTES ? clipped(bytes, logged) : bytes
        if (shown) this.#report({ log: { vertex, stream, bytes: shown, timestamp: nowNanoseconds() } })
      },
      status: (id, name, current, total, isDone) => {
        const key = `${vertex} ${id}`
        const timestamp = nowNanoseconds()
        const started = this.#started.get(key) ?? timestamp
        this.#started.set(key, started)
        this.#report({
          status: { id, vertex, name, current, total, timestamp, started, ...(isDone && { completed: timestamp }) },
        })
      },
    }
  }
}

const clipped = (bytes: Uint8Array, logged: number): Uint8Array | undefined =>
  logged - bytes.length <= LOG_BYTES ? Buffer.from('\n[output clipped, log limit 16MiB reached]\n') : undefined
