import type { RestartPolicy } from '../../formats/engine-api/common.ts'

const FIRST_MS = 100
const LONGEST_MS = 60_000
/** A run this long was a success: the next back-off begins anew. */
const LONG_RUN_MS = 10_000
/** Up to this share is added at random, so that containers that fell together do not rise together. */
const JITTER = 0.2

export type Ending = {
  exitCode: number
  /** Restarts by policy so far. */
  restartCount: number
  /** A person ended this run, or stopped the container before the daemon went. */
  byHand: boolean
}

/** Whether the policy wants the container up again after its end. */
export function wantsRestart(policy: RestartPolicy | undefined, ending: Ending): boolean {
  if (ending.byHand) return false
  switch (policy?.Name) {
    case 'always':
    case 'unless-stopped':
      return true
    case 'on-failure':
      return ending.exitCode !== 0 && hasTriesLeft(policy, ending.restartCount)
    default:
      return false
  }
}

/** At the start of the daemon `always` means always; only the others remember that a person stopped it. */
export const wantsStartAtBoot = (policy: RestartPolicy | undefined, ending: Ending): boolean =>
  wantsRestart(policy, policy?.Name === 'always' ? { ...ending, byHand: false } : ending)

const hasTriesLeft = (policy: RestartPolicy, restartCount: number): boolean =>
  !policy.MaximumRetryCount || restartCount < policy.MaximumRetryCount

export const hasPolicy = (policy: RestartPolicy | undefined): boolean => Boolean(policy?.Name) && policy?.Name !== 'no'

/** The next back-off without jitter: 100 ms, doubled at each end up to a minute, from the beginning after a long run. */
export function nextBackoff(lastMs: number, ranMs: number): number {
  if (lastMs === 0 || ranMs >= LONG_RUN_MS) return FIRST_MS
  return Math.min(lastMs * 2, LONGEST_MS)
}

export const withJitter = (milliseconds: number, random = Math.random()): number => milliseconds * (1 + random * JITTER)
