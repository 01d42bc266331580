import { Fault } from '../../../base/faults.ts'
import { familiar, familiarName, type Reference } from '../../../formats/reference/reference.ts'
import { imageFaults } from '../faults.ts'

/** A registry's refusal in the words that Docker has for it (moby, distribution/errors.go). */
export function pullFault(failure: unknown, reference: Reference): unknown {
  if (!(failure instanceof Fault)) return failure
  const { code, message } = failure
  const detail = { cause: failure }
  if (message.startsWith('denied:')) return imageFaults.PULL_DENIED(familiarName(reference), message, detail)
  if (message.startsWith('name unknown:'))
    return imageFaults.REPOSITORY_NOT_FOUND(familiarName(reference), message, detail)
  if (code === 'REGISTRY_NOT_FOUND') return imageFaults.MANIFEST_NOT_FOUND(familiar(reference), message, detail)
  if (code === 'REGISTRY_DENIED') return imageFaults.NO_CREDENTIALS(message, detail)
  return failure
}

export const isCancelled = (failure: unknown): boolean => failure instanceof Fault && failure.kind === 'cancelled'

/** Whether another endpoint may do better: after a mirror always, else only if nothing spoke there at all. */
export function mayTryNext(failure: unknown, isMirror: boolean): boolean {
  if (isCancelled(failure)) return false
  return isMirror || (failure instanceof Fault && ['REGISTRY_UNREACHABLE', 'REGISTRY_RESET'].includes(failure.code))
}
