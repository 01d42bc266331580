import type { ContainerConfig } from '../../formats/engine-api/container.ts'
import { type HealthAction, type HealthTest, parseHealthTest } from '../../formats/health-test/health-test.ts'

/** A container's health check with Docker's defaults filled in; times in milliseconds. */
export type HealthSettings = {
  test: HealthTest
  intervalMs: number
  timeoutMs: number
  startPeriodMs: number
  startIntervalMs: number
  /** Failures in a row that make it unhealthy. */
  retries: number
  onFailure: HealthAction
}

const INTERVAL_MS = 30_000
const TIMEOUT_MS = 30_000
const START_INTERVAL_MS = 5_000
const RETRIES = 3

/** undefined: the container has no check. */
export function healthSettingsOf({ Healthcheck, Shell }: ContainerConfig): HealthSettings | undefined {
  const test = Healthcheck && parseHealthTest(Healthcheck, Shell)
  if (!test) return undefined
  return {
    test,
    intervalMs: milliseconds(Healthcheck.Interval, INTERVAL_MS),
    timeoutMs: milliseconds(Healthcheck.Timeout, TIMEOUT_MS),
    startPeriodMs: milliseconds(Healthcheck.StartPeriod, 0),
    startIntervalMs: milliseconds(Healthcheck.StartInterval, START_INTERVAL_MS),
    retries: Healthcheck.Retries || RETRIES,
    onFailure: Healthcheck.OnFailure || 'none',
  }
}

const milliseconds = (nanoseconds: number | undefined, byDefault: number): number =>
  nanoseconds ? Math.max(1, Math.round(nanoseconds / 1_000_000)) : byDefault
