import { expect, test } from 'bun:test'
import type { PlatformResult, Vertex } from '../../../engine/build/contract.ts'
import { RunFailure } from '../../../engine/build/faults.ts'
import type { ProgressLine } from '../../../formats/engine-api/common.ts'
import { ClassicLines } from './classic-lines.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const
const vertex = (letter: string, more: Partial<Vertex> = {}): { vertex: Vertex } => ({
  vertex: { digest: digest(letter), inputs: [], name: `[${letter} 1/1] RUN ${letter}`, started: 1n, ...more },
})
const log = (letter: string, text: string) => ({
  log: { vertex: digest(letter), stream: 1 as const, bytes: Buffer.from(text), timestamp: 0n },
})
const OUTLINE = {
  outline: {
    instructions: [
      { text: 'FROM x', image: digest('f') },
      { text: 'RUN a', vertex: digest('a') },
      { text: 'ENV b' },
      { text: 'RUN c', vertex: digest('c') },
    ],
    unusedArguments: ['Z'],
  },
}
const RESULT = { configBytes: Buffer.from('{}') } as unknown as PlatformResult

function collect(quiet = false) {
  const told: ProgressLine[] = []
  const lines = new ClassicLines(line => void told.push(line), { quiet, removes: true, names: ['n:latest'] })
  return { lines, text: () => told.map(({ stream, error }) => stream ?? error ?? '').join(''), told }
}

test('steps that end in another order are told of in the order of the file', () => {
  const { lines, text } = collect()
  lines.take(OUTLINE)
  lines.take(vertex('a'))
  lines.take(vertex('c'))
  lines.take(log('c', 'of c\n'))
  lines.take(vertex('c', { completed: 2n, layer: digest('1') }))
  lines.take(log('a', 'of a\n'))
  expect(text()).not.toContain('of c')
  lines.take(vertex('a', { completed: 3n, layer: digest('2') }))
  lines.finish(RESULT)
  expect(text()).toBe(`Step 1/4 : FROM x
 ---> ffffffffffff
Step 2/4 : RUN a
 ---> Running in aaaaaaaaaaaa
of a
 ---> Removed intermediate container aaaaaaaaaaaa
 ---> 222222222222
Step 3/4 : ENV b
 ---> 222222222222
Step 4/4 : RUN c
 ---> Running in cccccccccccc
of c
 ---> Removed intermediate container cccccccccccc
 ---> 111111111111
[Warning] One or more build-args [Z] were not consumed
Successfully built 44136fa355b3
Successfully tagged n:latest
`)
})

test('what comes from the cache is said to, and a character that is cut is put together', () => {
  const { lines, text } = collect()
  lines.take(OUTLINE)
  lines.take(vertex('a', { completed: 1n, cached: true, layer: digest('2') }))
  lines.take(vertex('c'))
  const euro = Buffer.from('€\n')
  for (const bytes of [euro.subarray(0, 1), euro.subarray(1)])
    lines.take({ log: { vertex: digest('c'), stream: 1, bytes, timestamp: 0n } })
  expect(text()).toContain(' ---> Using cache\n ---> 222222222222\n')
  expect(text()).toContain('€\n')
})

test('a step that fails is shown where its turn has not come, with the exit code of its program', () => {
  const { lines, told } = collect()
  lines.take(OUTLINE)
  lines.take(vertex('a'))
  lines.take(vertex('c'))
  lines.take(log('c', 'why\n'))
  lines.take(vertex('c', { completed: 2n, error: 'x' }))
  lines.fail(new RunFailure('/bin/sh -c c', 7))
  const streams = told.map(({ stream }) => stream)
  expect(streams).toContain('Step 4/4 : RUN c')
  expect(streams).toContain('why\n')
  const message = "The command '/bin/sh -c c' returned a non-zero code: 7"
  expect(told.at(-1)).toEqual({ errorDetail: { code: 7, message }, error: message })
})

test('a quiet build says the id alone; one that fails says everything', () => {
  const good = collect(true)
  good.lines.take(OUTLINE)
  good.lines.finish(RESULT)
  expect(good.text()).toMatch(/^sha256:[0-9a-f]{64}\n$/)
  const bad = collect(true)
  bad.lines.take(OUTLINE)
  bad.lines.take(vertex('a', { completed: 2n, error: 'x' }))
  bad.lines.fail(new RunFailure('a', 1))
  expect(bad.text()).toContain('Step 2/4 : RUN a')
})
