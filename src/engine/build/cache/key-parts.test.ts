import { expect, test } from 'bun:test'
import { explanation, fingerprint, keyOf } from './key-parts.ts'

const PARTS = { step: 'run 1', 'layers below': ['a'], environment: { A: '1', B: 'hunter2' }, user: '' }

test('any part that changes makes another key', () => {
  const keys = [
    PARTS,
    { ...PARTS, user: 'me' },
    { ...PARTS, 'layers below': ['a', 'b'] },
    { ...PARTS, environment: { A: '1', B: '2' } },
    { ...PARTS, environment: { B: 'hunter2', A: '1' } },
  ].map(keyOf)
  expect(new Set(keys).size).toBe(5)
})

test('what changed is named, and no value is kept', () => {
  const before = fingerprint(PARTS)
  expect(JSON.stringify(before)).not.toContain('hunter2')
  expect(explanation(undefined, PARTS)).toBe('it has not run before')
  expect(explanation(before, PARTS)).toBe('what it made is no longer in the cache')
  expect(explanation(before, { ...PARTS, user: 'me' })).toBe('the user changed')
  expect(explanation(before, { ...PARTS, 'layers below': [], environment: { A: '1' } })).toBe(
    'the layers below and the variable B changed',
  )
})
