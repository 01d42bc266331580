import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { defineFaults } from '../../base/faults.ts'
import { many, one, text, unsigned } from '../protobuf/fields.ts'
import { message } from '../protobuf/message.ts'
import { linked } from '../testing/linked.ts'
import { callOnce, method, openCall } from './client.ts'
import { decodedMetadata, encodedMetadata } from './metadata.ts'
import { serveGrpc, serverStreaming, streaming, unary } from './server.ts'
import { GrpcError } from './status.ts'
import { failureOf, trailersOf } from './trailers.ts'

const Word = message({ text: one(1, text) })
const Count = message({ count: one(1, unsigned), words: many(2, text) })
const ECHO = method('/test.Words/Echo', Word, Word)
const SPELL = method('/test.Words/Spell', Word, Word)
const LENGTHS = method('/test.Words/Lengths', Word, Count)
const FAIL = method('/test.Words/Fail', Word, Word)

const faults = defineFaults('TEST', {
  MISSING: { kind: 'not-found', message: (name: string) => `no such word: ${name} – 100%` },
})

const told: unknown[] = []
const serving = serveGrpc(
  {
    [ECHO.path]: unary(Word, Word, ({ text: word }, { metadata }) => ({
      text: `${word}${metadata['x-more']?.join('') ?? ''}`,
    })),
    [SPELL.path]: serverStreaming(Word, Word, async ({ text: word }, { send }) => {
      for (const letter of word) await send({ text: letter })
    }),
    [LENGTHS.path]: streaming(Word, Count, async ({ requests, send }) => {
      for await (const { text: word } of requests) await send({ count: word.length })
    }),
    [FAIL.path]: unary(Word, Word, ({ text: word }) => {
      throw word === 'bug' ? new TypeError('secret insides') : faults.MISSING(word)
    }),
  },
  (path, failure) => told.push([path, failure]),
)

test('a call gets its answer, with metadata', async () => {
  await using pair = await linked(serving)
  const answer = await callOnce(pair.client, ECHO, { text: 'a' }, { metadata: { 'X-More': ['b', 'c'] } })
  expect(answer.text).toBe('abc')
})

test('answers may be many', async () => {
  await using pair = await linked(serving)
  const call = await openCall(pair.client, SPELL)
  await call.send({ text: 'hello' })
  await call.end()
  let word = ''
  for await (const { text: letter } of call.responses) word += letter
  expect(word).toBe('hello')
})

test('both sides may talk by turns', async () => {
  await using pair = await linked(serving)
  const call = await openCall(pair.client, LENGTHS)
  const answers = call.responses[Symbol.asyncIterator]()
  for (const word of ['a', 'bcd', 'x'.repeat(200_000)]) {
    await call.send({ text: word })
    expect((await answers.next()).value).toMatchObject({ count: word.length })
  }
  await call.end()
  expect((await answers.next()).done).toBeTrue()
})

test('a fault reaches the caller in its own words and with its kind', async () => {
  await using pair = await linked(serving)
  const failure = await callOnce(pair.client, FAIL, { text: 'ü' }).catch(error => error)
  expect(failure).toBeInstanceOf(GrpcError)
  expect(failure).toMatchObject({ status: 'NOT_FOUND', message: 'no such word: ü – 100%' })
})

test('a bug is told to us and not to the caller', async () => {
  await using pair = await linked(serving)
  told.length = 0
  const failure = await callOnce(pair.client, FAIL, { text: 'bug' }).catch(error => error)
  expect(failure).toMatchObject({ status: 'INTERNAL', message: 'internal error' })
  expect(told).toHaveLength(1)
})

test.each(['/test.Words/Unknown', '/', 'constructor'])('method %s is not there', async path => {
  await using pair = await linked(serving)
  const failure = await callOnce(pair.client, method(path, Word, Word), {}).catch(error => error)
  expect(failure).toMatchObject({ status: 'UNIMPLEMENTED' })
})

test('a message of a wrong type or a huge one fails its call alone', async () => {
  await using pair = await linked(serving)
  const wrong = method(ECHO.path, message({ text: one(1, unsigned) }), Word)
  expect(await callOnce(pair.client, wrong, { text: 7 }).catch(error => error.status)).toBe('INVALID_ARGUMENT')
  const huge = await callOnce(pair.client, ECHO, { text: 'x'.repeat(17 * 1024 * 1024) }).catch(error => error.status)
  expect(huge).toBe('RESOURCE_EXHAUSTED')
  expect((await callOnce(pair.client, ECHO, { text: 'a' })).text).toBe('a')
})

test('a caller who gives up gets no more', async () => {
  await using pair = await linked(serving)
  const abort = new AbortController()
  const call = await openCall(pair.client, LENGTHS, { signal: abort.signal })
  const next = call.responses[Symbol.asyncIterator]().next()
  abort.abort()
  await expect(next).rejects.toThrow()
})

test('trailers carry any failure', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300, minLength: 1 }), words => {
      const details = [{ typeUrl: 'x', value: Buffer.from([1, 2]) }]
      const read = failureOf(trailersOf(new GrpcError('ABORTED', words, details)))
      expect(read).toMatchObject({ status: 'ABORTED', message: words })
      expect(read?.details).toHaveLength(1)
    }),
  )
})

test('metadata carries paths of any letters', () => {
  const given = { 'include-patterns': ['dir/ä b+c', 'plain'], name: ['plain'] }
  expect(encodedMetadata(given)).toMatchObject({ 'include-patterns-encoded': ['1'], name: ['plain'] })
  expect(decodedMetadata(encodedMetadata(given))).toMatchObject(given)
})
