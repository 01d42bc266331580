import { expect, test } from 'bun:test'
import { nextBackoff, wantsRestart, wantsStartAtBoot, withJitter } from './restart-policy.ts'

const failed = { exitCode: 1, restartCount: 0, byHand: false }
const fine = { exitCode: 0, restartCount: 0, byHand: false }
const stopped = { exitCode: 137, restartCount: 0, byHand: true }

test('each policy restarts after the ends that it is for', () => {
  const table = (['', 'no', 'on-failure', 'always', 'unless-stopped'] as const).map(Name =>
    [failed, fine, stopped].map(ending => wantsRestart({ Name }, ending)),
  )
  expect(table).toEqual([
    [false, false, false],
    [false, false, false],
    [true, false, false],
    [true, true, false],
    [true, true, false],
  ])
})

test('on-failure gives up after its number of tries', () => {
  const policy = { Name: 'on-failure', MaximumRetryCount: 2 } as const
  expect([0, 1, 2].map(restartCount => wantsRestart(policy, { ...failed, restartCount }))).toEqual([true, true, false])
})

test('at boot, always forgets that a person stopped it and unless-stopped remembers', () => {
  expect(wantsStartAtBoot({ Name: 'always' }, stopped)).toBe(true)
  expect(wantsStartAtBoot({ Name: 'unless-stopped' }, stopped)).toBe(false)
  expect(wantsStartAtBoot({ Name: 'on-failure' }, stopped)).toBe(false)
})

test('the back-off doubles from 100 ms to a minute and begins anew after a long run', () => {
  const waits = [0]
  while (waits.length < 13) waits.push(nextBackoff(waits.at(-1)!, 0))
  expect(waits.slice(1)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000])
  expect(nextBackoff(60_000, 10_000)).toBe(100)
})

test('jitter only adds, and never more than a fifth', () => {
  expect([withJitter(1000, 0), withJitter(1000, 1)]).toEqual([1000, 1200])
})
