import type {
  BuildProgress,
  Vertex,
  VertexLog,
  VertexStatus,
  VertexWarning,
} from '../../../../engine/build/contract.ts'

/** What is to be told next: the newest word on each step, output in order. */
export type ProgressBatch = {
  vertices: Vertex[]
  statuses: VertexStatus[]
  logs: VertexLog[]
  warnings: VertexWarning[]
}

/** Output that a reader has not taken yet. */
const LOG_BYTES = 4 * 1024 * 1024

class Reader {
  readonly #vertices = new Map<string, Vertex>()
  readonly #statuses = new Map<string, VertexStatus>()
  #logs: VertexLog[] = []
  #logBytes = 0
  #lost = 0
  #warnings: VertexWarning[] = []
  #wake: (() => void) | undefined

  take(progress: BuildProgress): void {
    if ('vertex' in progress) this.#vertices.set(progress.vertex.digest, progress.vertex)
    else if ('status' in progress) this.#statuses.set(keyOf(progress.status), progress.status)
    else if ('log' in progress) this.#log(progress.log)
    else if ('warning' in progress) this.#warnings.push(progress.warning)
    this.wake()
  }

  /** A slow reader loses output, never steps, and costs the build nothing. */
  #log(log: VertexLog): void {
    if (this.#logBytes + log.bytes.length > LOG_BYTES) {
      this.#lost += log.bytes.length
      return
    }
    this.#tellLoss(log)
    this.#logs.push(log)
    this.#logBytes += log.bytes.length
  }

  #tellLoss(next: VertexLog): void {
    if (this.#lost === 0) return
    const bytes = Buffer.from(`[output clipped, ${this.#lost} bytes were not read in time]\n`)
    this.#logs.push({ ...next, bytes })
    this.#lost = 0
  }

  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  get isEmpty(): boolean {
    return this.#vertices.size + this.#statuses.size + this.#logs.length + this.#warnings.length === 0
  }

  wait(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  batch(): ProgressBatch {
    const batch = {
      vertices: [...this.#vertices.values()],
      statuses: [...this.#statuses.values()],
      logs: this.#logs,
      warnings: this.#warnings,
    }
    this.#vertices.clear()
    this.#statuses.clear()
    this.#logs = []
    this.#logBytes = 0
    this.#warnings = []
    return batch
  }
}

/** The progress of one build, for any number of readers. What nobody has read yet is kept for the first. */
export class ProgressFeed {
  readonly #readers = new Set<Reader>()
  readonly #past = new Reader()
  #ended = false

  readonly report = (progress: BuildProgress): void => {
    if (this.#readers.size === 0) this.#past.take(progress)
    for (const reader of this.#readers) reader.take(progress)
  }

  /** Something that nobody has read. */
  get hasNews(): boolean {
    return !this.#past.isEmpty
  }

  end(): void {
    this.#ended = true
    for (const reader of this.#readers) reader.wake()
  }

  async *read(signal: AbortSignal): AsyncGenerator<ProgressBatch, void> {
    const reader = this.#readers.size === 0 ? this.#past : new Reader()
    const wake = () => reader.wake()
    signal.addEventListener('abort', wake)
    this.#readers.add(reader)
    try {
      while (!signal.aborted) {
        if (!reader.isEmpty) yield reader.batch()
        else if (this.#ended) return
        else await reader.wait()
      }
    } finally {
      this.#readers.delete(reader)
      signal.removeEventListener('abort', wake)
    }
  }
}

const keyOf = ({ vertex, id }: VertexStatus): string => `${vertex} ${id}`
