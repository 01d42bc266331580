import { Fault } from '../../../base/faults.ts'
import type { Span } from '../../../formats/dockerfile/dockerfile.ts'
import { DockerfileFault, WordError } from '../../../formats/dockerfile/faults.ts'

/** Does what a part of the Dockerfile asks; a mistake in it becomes a fault that names its place. */
export function atPlace<T>(span: Span, work: () => T): T {
  try {
    return work()
  } catch (failure) {
    throw withPlace(failure, span)
  }
}

function withPlace(failure: unknown, span: Span): unknown {
  if (failure instanceof DockerfileFault) return failure
  if (failure instanceof WordError) return new DockerfileFault(failure.message, span, { cause: failure })
  if (!(failure instanceof Fault) || failure.kind !== 'invalid') return failure
  const { message, hint } = failure
  return new DockerfileFault(message, span, { message, hint, cause: failure })
}
