import { releaseOwnCode } from '../../host/processes/own-code.ts'

const LOOK_MS = 5_000

/**
 * Gives memory back when work has stopped: without it the heap stays as large as the last burst made it, for the collector
 * has no reason to run, and the code that ran once stays in memory. Takes some milliseconds, at a time when nobody waits.
 */
export function collectWhenIdle(requests: () => number): Disposable {
  let seen = requests()
  let collected = seen - 1
  const timer = setInterval(() => {
    const now = requests()
    if (now === seen && collected !== now) {
      Bun.gc(true)
      releaseOwnCode()
      collected = now
    }
    seen = now
  }, LOOK_MS)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
