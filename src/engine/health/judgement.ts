import type { Health, HealthcheckResult } from '../../formats/engine-api/common.ts'
import type { HealthSettings } from './health-settings.ts'

/** Docker's number of results that are kept. */
const REMEMBERED = 5

/** `ranMs`: how long the container had run when the check began. */
export type Judged = { health: Health; result: HealthcheckResult; settings: HealthSettings; ranMs: number }

/** What a result makes of a container's health. Failures do not count while it starts within its start period. */
export function judge({ health, result, settings, ranMs }: Judged): Health {
  const Log = [...health.Log, result].slice(-REMEMBERED)
  if (result.ExitCode === 0) return { Status: 'healthy', FailingStreak: 0, Log }
  if (isStarting(health, settings, ranMs)) return { ...health, Log }
  const FailingStreak = health.FailingStreak + 1
  return { Status: FailingStreak >= settings.retries ? 'unhealthy' : health.Status, FailingStreak, Log }
}

/** Until the next check. */
export const pauseMs = (health: Health, settings: HealthSettings, ranMs: number): number =>
  isStarting(health, settings, ranMs) ? settings.startIntervalMs : settings.intervalMs

const isStarting = ({ Status }: Health, { startPeriodMs }: HealthSettings, ranMs: number): boolean =>
  Status === 'starting' && ranMs < startPeriodMs
