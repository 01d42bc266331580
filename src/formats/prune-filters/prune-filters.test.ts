import { describe, expect, test } from 'bun:test'
import { compilePruneFilters, PruneTurn } from './prune-filters.ts'

const labels = { a: '1', b: '2' }
const passes = (filters: Record<string, string[]>, created = 0n) =>
  compilePruneFilters(new Map(Object.entries(filters)))({ labels, created })

describe('filters of a prune', () => {
  test.each([
    [{}, true],
    [{ label: ['a'] }, true],
    [{ label: ['a=1', 'b'] }, true],
    [{ label: ['a=2'] }, false],
    [{ label: ['toString'] }, false],
    [{ 'label!': ['a'] }, false],
    [{ 'label!': ['a', 'c'] }, true],
    [{ 'label!': ['c'] }, true],
  ])('%j: %p', (filters, expected) => expect(passes(filters)).toBe(expected))

  test('until spares what is younger', () => {
    expect(passes({ until: ['2026-01-01T00:00:00Z'] }, 0n)).toBe(true)
    expect(passes({ until: ['1h'] }, BigInt(Date.now()) * 1_000_000n)).toBe(false)
  })

  test('until has to be one time', () => {
    expect(() => passes({ until: ['1h', '2h'] })).toThrow('more than one until filter specified')
    expect(() => passes({ until: ['abc'] })).toThrow('failed to parse value as time or duration: "abc"')
  })
})

test('one prune at a time', async () => {
  const turn = new PruneTurn()
  const first = turn.run(() => Bun.sleep(1))
  await expect(turn.run(() => 1)).rejects.toMatchObject({
    kind: 'conflict',
    message: 'a prune operation is already running',
  })
  await first
  expect(await turn.run(() => 2)).toBe(2)
})
