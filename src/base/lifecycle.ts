import { logger } from './log.ts'

/** A part of the daemon. `stop` leaves containers alone: whatever lives outside the process is adopted by the next start. */
export type Part = { name: string; stop?: () => Promise<void> | void }

const STOP_DEADLINE_MS = 10_000
const log = logger('lifecycle')

/** Stops parts in reverse, each within a deadline; a part that fails or hangs does not keep the others. */
export async function stopParts(parts: Part[], deadlineMs = STOP_DEADLINE_MS): Promise<void> {
  for (const part of parts.toReversed()) {
    try {
      await withDeadline(part, deadlineMs)
    } catch (failure) {
      log.error('part did not stop cleanly', { name: part.name, error: failure })
    }
  }
}

async function withDeadline(part: Part, deadlineMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not stopped after ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    await Promise.race([part.stop?.(), late])
  } finally {
    clearTimeout(timer)
  }
}
