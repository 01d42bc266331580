import { Fault } from '../../base/faults.ts'
import type { Span } from './dockerfile.ts'

/**
 * What is wrong in a Dockerfile, at its place. `message` is BuildKit's (`dockerfile parse error on line 3: …`), `reason` the
 * part after the place, `span` where it is.
 */
export class DockerfileFault extends Fault {
  readonly reason: string
  readonly span: Span

  constructor(reason: string, span: Span, settings: { message?: string; hint?: string; cause?: unknown } = {}) {
    const message = settings.message ?? `dockerfile parse error on line ${span.start.line}: ${reason}`
    super('invalid', 'DOCKERFILE_SYNTAX', message, { hint: settings.hint, cause: settings.cause })
    this.reason = reason
    this.span = span
  }
}

/** What is wrong with a word or a value, before its place is known. */
export class WordError extends Error {
  override readonly name = 'WordError'
}
