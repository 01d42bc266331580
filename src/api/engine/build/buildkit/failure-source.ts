import type { BuildProgress } from '../../../../engine/build/contract.ts'
import { DockerfileFault } from '../../../../formats/dockerfile/faults.ts'
import type { StatusDetail } from '../../../../wire/grpc/status.ts'

/** The type under which BuildKit's clients look for it; they show the lines of the file around the place. */
const SOURCE_TYPE = 'github.com/moby/buildkit/errdefs.Source+json'

/** Listens to a build, to be able to say where in its Dockerfile it failed. */
export class FailureSource {
  #definition: { name: string; text: string } | undefined
  #lines: { first: number; last: number } | undefined

  take(progress: BuildProgress): void {
    if ('definition' in progress) this.#definition = progress.definition
    else if ('vertex' in progress && progress.vertex.error !== undefined) this.#lines ??= progress.vertex.lines
  }

  details(failure: unknown): StatusDetail[] {
    const lines = linesOf(failure) ?? this.#lines
    if (!this.#definition || !lines) return []
    const { name, text } = this.#definition
    const source = {
      info: { filename: name, data: Buffer.from(text).toString('base64') },
      ranges: [{ start: { line: lines.first }, end: { line: lines.last } }],
    }
    return [{ typeUrl: SOURCE_TYPE, value: Buffer.from(JSON.stringify(source)) }]
  }
}

const linesOf = (failure: unknown): { first: number; last: number } | undefined =>
  failure instanceof DockerfileFault
    ? { first: failure.span.start.line, last: Math.max(failure.span.start.line, failure.span.end.line) }
    : undefined
