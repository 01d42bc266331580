import { expect, test } from 'bun:test'
import { digestOf } from '../../../formats/digest/digest.ts'
import { cacheDocument, INLINE_KEY, inlineSteps, parseCacheDocument } from './cache-document.ts'

const step = { key: 'a'.repeat(64), diffId: digestOf('layer'), description: 'RUN make', parts: { base: 'x' } }

test('what is written is read again', () => {
  const document = { steps: [step], diffIds: [step.diffId] }
  expect(parseCacheDocument(cacheDocument(document))).toEqual(document)
  expect(inlineSteps(Buffer.from(JSON.stringify({ os: 'linux', [INLINE_KEY]: [step] })))).toEqual([step])
})

test.each([
  ['no JSON', '{'],
  ['another document', '{"layers":[]}'],
  ['digests that are none', '{"diffIds":["../../etc"],"steps":[]}'],
])('%s is no cache', (_, text) => {
  expect(parseCacheDocument(Buffer.from(text))).toBeUndefined()
})

test.each([
  { ...step, key: '../x' },
  { ...step, diffId: 'sha256:x' },
  { ...step, description: 5 },
  { ...step, parts: null },
  null,
  'text',
])('the step %j is left out', wrong => {
  const text = JSON.stringify({ diffIds: [], steps: [wrong, step] })
  expect(parseCacheDocument(Buffer.from(text))?.steps).toEqual([step])
})
