import { expect, test } from 'bun:test'
import { mergeLines } from './merge-lines.ts'

const at = (...times: string[]) => times.map(time => ({ time }))
async function* source(...pieces: { time: string }[][]) {
  for (const piece of pieces) {
    await Promise.resolve()
    yield piece
  }
}
async function merged(sources: AsyncIterable<{ time: string }[]>[], isExact = true): Promise<string> {
  let times = ''
  for await (const lines of mergeLines(sources, isExact)) times += lines.map(({ time }) => time).join('')
  return times
}

test('lines of several sources come in the order of time', async () => {
  expect(await merged([source(at('1', '4'), at('5')), source(at('2', '3', '6')), source()])).toBe('123456')
})

test('without any line there is none', async () => {
  expect(await merged([source(), source(at())])).toBe('')
})

test('a source with more lines than may wait is read on', async () => {
  const many = Array.from({ length: 5 }, () => Array.from({ length: 900 }, () => ({ time: '1' })))
  expect(await merged([source(...many), source(at('2'))])).toBe(`${'1'.repeat(4500)}2`)
})

test('a silent source does not hold the others back for ever', async () => {
  const silent = Promise.withResolvers<void>()
  async function* waiting() {
    await silent.promise
    yield at('0')
  }
  const lines = mergeLines([source(at('1')), waiting()], false)
  expect((await lines.next()).value).toEqual(at('1'))
  silent.resolve()
  expect((await lines.next()).value).toEqual(at('0'))
})

test('what a source throws ends the merge', async () => {
  async function* broken(): AsyncGenerator<{ time: string }[]> {
    yield at('1')
    throw new Error('gone')
  }
  expect(merged([broken(), source(at('2'))])).rejects.toThrow('gone')
})
