import type { BuildProgress, Vertex } from '../contract.ts'
import type { BuildLogWriter } from './build-log.ts'
import type { RecordedStep } from './build-record.ts'

/** Listens to a build and remembers what of it is kept. */
export class BuildRecorder {
  readonly #log: BuildLogWriter
  readonly #vertices = new Map<string, Vertex>()

  constructor(log: BuildLogWriter) {
    this.#log = log
  }

  take(progress: BuildProgress): void {
    if ('vertex' in progress) this.#vertices.set(progress.vertex.digest, progress.vertex)
    else if ('log' in progress) this.#log.write(progress.log)
  }

  /** Steps that never began are no part of what happened. */
  steps(): RecordedStep[] {
    return [...this.#vertices.values()]
      .filter(({ started }) => started !== undefined)
      .map(({ digest, name, inputs, started, completed, cached, error }) => ({
        digest,
        name,
        inputs,
        started: String(started),
        ...(completed !== undefined && { completed: String(completed) }),
        cached: cached ?? false,
        ...(error !== undefined && { error }),
      }))
  }
}
