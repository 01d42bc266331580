import { expect, test } from 'bun:test'
import type { Health } from '../../formats/engine-api/common.ts'
import { healthSettingsOf } from './health-settings.ts'
import { judge, pauseMs } from './judgement.ts'

const settings = healthSettingsOf({ Healthcheck: { Test: ['CMD', 'x'], StartPeriod: 10e9, Retries: 2 } })!
const starting: Health = { Status: 'starting', FailingStreak: 0, Log: [] }
const result = (ExitCode: number) => ({ Start: '', End: '', ExitCode, Output: '' })
const after = (codes: number[], ranMs: number, from = starting) =>
  codes.reduce((health, code) => judge({ health, result: result(code), settings, ranMs }), from)

test.each([
  ['one success makes it healthy', [0], 20_000, 'healthy', 0],
  ['fewer failures than retries change nothing', [1], 20_000, 'starting', 1],
  ['as many failures as retries make it unhealthy', [1, 1], 20_000, 'unhealthy', 2],
  ['failures of the start period do not count', [1, 1, 1, 1], 5_000, 'starting', 0],
  ['a success in the start period ends it', [0, 1, 1], 5_000, 'unhealthy', 2],
  ['a success makes it well again', [1, 1, 0], 20_000, 'healthy', 0],
  ['a check that could not run is a failure', [-1, -1], 20_000, 'unhealthy', 2],
] as const)('%s', (_, codes, ranMs, Status, FailingStreak) => {
  expect(after([...codes], ranMs)).toMatchObject({ Status, FailingStreak })
})

test('the last five results are kept', () => {
  expect(after([1, 2, 3, 4, 5, 6], 20_000).Log.map(({ ExitCode }) => ExitCode)).toEqual([2, 3, 4, 5, 6])
})

test('the pause is the start interval only while it starts', () => {
  expect(pauseMs(starting, settings, 1)).toBe(5_000)
  expect(pauseMs(starting, settings, 20_000)).toBe(30_000)
  expect(pauseMs(after([0], 1), settings, 1)).toBe(30_000)
})

test.each([[undefined], [{ Test: ['NONE'] }], [{ Test: [] }], [{}]])('%j is no check', Healthcheck => {
  expect(healthSettingsOf({ Healthcheck })).toBeUndefined()
})
