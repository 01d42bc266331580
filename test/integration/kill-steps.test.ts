import { describe, expect, test } from 'bun:test'
import { killedAt, SCENARIOS } from '../kit/kill-steps.ts'

/** A short form of `npm run soak`: a few steps spread over each scenario. */
const STRIDE = 9
const MOST = 7

describe.each(Object.keys(SCENARIOS))('the daemon killed at a step of: %s', scenario => {
  test('the next start has no orphan and tells no untruth', async () => {
    for (let round = 0; round < MOST; round++) {
      const { killed, untruths } = await killedAt(scenario, 1 + round * STRIDE)
      expect({ step: 1 + round * STRIDE, untruths }).toEqual({ step: 1 + round * STRIDE, untruths: [] })
      if (!killed) break
    }
  }, 120_000)
})
