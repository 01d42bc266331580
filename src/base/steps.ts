/**
 * Points at which the tests kill the daemon: every system call, transaction and started program passes `step()`. Unarmed, which is
 * always so outside the tests, it costs one comparison.
 */
let remaining = 0

/** The daemon kills itself with SIGKILL at the `count`-th step from now on. */
export function killAtStep(count: number): void {
  remaining = count
}

export function step(): void {
  if (remaining > 0 && --remaining === 0) process.kill(process.pid, 'SIGKILL')
}
