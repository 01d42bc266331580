import { isRunning } from './container.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer, WaitResult } from './live-container.ts'

export const WAIT_CONDITIONS = ['not-running', 'next-exit', 'removed'] as const
export type WaitCondition = (typeof WAIT_CONDITIONS)[number]

/** Throws a 400 fault; '' and undefined are Docker's default. */
export function readCondition(text: string | undefined): WaitCondition {
  const condition = text === undefined || text === '' ? 'not-running' : text
  if (!(WAIT_CONDITIONS as readonly string[]).includes(condition)) throw containerFaults.BAD_CONDITION(condition)
  return condition as WaitCondition
}

/** Subscribed at the call, not at the first await: a start that follows cannot be missed. undefined: the client has gone. */
export function waitFor(
  container: LiveContainer,
  condition: WaitCondition,
  signal: AbortSignal,
): Promise<WaitResult | undefined> {
  const { state } = container.record
  if (condition === 'removed') return container.removal(signal)
  const isUp = isRunning(state) || state.status === 'restarting'
  if (condition === 'not-running' && !isUp) return Promise.resolve(container.lastResult)
  return container.nextExit(signal)
}
