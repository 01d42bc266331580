import { Fault } from '../../../base/faults.ts'
import { registryFaults } from './faults.ts'
import type { RegistrySettings } from './settings.ts'

const waits = new WeakMap<Fault, number>()
/** However long a registry asks us to wait, a person is waiting too. */
const MAX_WAIT_MS = 60_000
const PASSING = new Set([
  'REGISTRY_STALLED',
  'REGISTRY_CUT_OFF',
  'REGISTRY_RESET',
  'REGISTRY_TOO_MANY_REQUESTS',
  'REGISTRY_BUSY',
])

/** Notes what a Retry-After header asked for. */
export function withWait(fault: Fault, header: string | null): Fault {
  const seconds =
    header === null ? Number.NaN : /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  if (seconds >= 0) waits.set(fault, Math.min(seconds * 1000, MAX_WAIT_MS))
  return fault
}

/** Whether the same request may succeed when it is made again. */
export const isPassing = (failure: unknown): boolean => failure instanceof Fault && PASSING.has(failure.code)

/** Exponential with jitter, unless the registry named a time. `failures` counts from 1. */
export function pauseMs(settings: RegistrySettings, failures: number, failure: unknown): number {
  const asked = failure instanceof Fault ? waits.get(failure) : undefined
  if (asked !== undefined) return asked
  return Math.min(settings.retryBaseMs * 2 ** (failures - 1) * (0.75 + Math.random() / 2), MAX_WAIT_MS)
}

/** Does the work again after a failure that may pass, `settings.attempts` times at most. */
export async function withRetries<T>(
  settings: RegistrySettings,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work()
    } catch (failure) {
      if (!isPassing(failure) || failures >= settings.attempts) throw failure
      await sleep(pauseMs(settings, failures, failure), signal)
    }
  }
}

/** Ends at once with CANCELLED when the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(registryFaults.CANCELLED())
    const cancel = () => {
      clearTimeout(timer)
      reject(registryFaults.CANCELLED())
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel)
      resolve()
    }, ms)
    signal.addEventListener('abort', cancel, { once: true })
  })
}
