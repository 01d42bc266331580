import type { Span } from '../../../formats/dockerfile/dockerfile.ts'
import { DockerfileFault, WordError } from '../../../formats/dockerfile/faults.ts'

/** A word that cannot be expanded becomes a fault that names its place. */
export function atPlace<T>(span: Span, work: () => T): T {
  try {
    return work()
  } catch (failure) {
    throw failure instanceof WordError ? new DockerfileFault(failure.message, span, { cause: failure }) : failure
  }
}
