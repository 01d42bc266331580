import { expect, test } from 'bun:test'
import { StatusResponse, Vertex, VertexLog, VertexStatus } from '../../../wire/buildkit/control.ts'
import type { Output } from '../../output.ts'
import { type FrameStep, renderFrame } from './frame.ts'
import { PlainDisplay } from './plain-display.ts'
import { RawDisplay } from './raw-display.ts'
import { sourceExcerpt } from './source-excerpt.ts'
import { StepTail } from './step-tail.ts'

const at = (seconds: number) => ({ seconds, nanos: 0 })
const vertex = (digest: string, name: string, more: Partial<ReturnType<typeof Vertex.of>> = {}) =>
  Vertex.of({ digest, name, ...more })
const log = (digest: string, text: string, seconds: number) =>
  VertexLog.of({ vertex: digest, stream: 1, bytes: Buffer.from(text), timestamp: at(seconds) })

function written(): { lines: string[]; output: Output } {
  const lines: string[] = []
  return { lines, output: { line: (text: string) => void lines.push(text) } as unknown as Output }
}

test('plain: each step by itself, in the order of their ends, as BuildKit writes them', () => {
  const { lines, output } = written()
  const display = new PlainDisplay(output)
  display.show(
    StatusResponse.of({
      vertexes: [
        vertex('a', '[internal] load build context', { started: at(1), completed: at(3) }),
        vertex('b', '[2/2] RUN make', { started: at(2), completed: at(4) }),
        vertex('c', '[1/2] FROM x', { started: at(1), completed: at(2), cached: true }),
        vertex('d', 'RUN false', { started: at(4), completed: at(5), error: 'exit code: 1' }),
        vertex('e', 'RUN later', { started: at(4), completed: at(6), error: 'x: context canceled' }),
        vertex('f', 'never begun'),
      ],
      statuses: [
        VertexStatus.of({
          vertex: 'a',
          id: 'transferring context:',
          current: 1500,
          timestamp: at(2),
          started: at(1),
          completed: at(2),
        }),
      ],
      logs: [log('b', 'one\ntw', 3), log('b', 'o\n', 3), log('d', 'no end', 4)],
    }),
  )
  display.finish()
  expect(lines).toEqual([
    '#1 [1/2] FROM x',
    '#1 CACHED',
    '',
    '#2 [internal] load build context',
    '#2 transferring context: 1.5kB 1.0s done',
    '#2 DONE 2.0s',
    '',
    '#3 [2/2] RUN make',
    '#3 1.000 one',
    '#3 1.000 two',
    '#3 DONE 2.0s',
    '',
    '#4 RUN false',
    '#4 no end',
    '#4 ERROR: exit code: 1',
    '',
    '#5 RUN later',
    '#5 CANCELED',
    '------',
    ' > RUN false:',
    'no end',
    '------',
  ])
})

test('rawjson: one document a line, times readable, what is empty left out', () => {
  const { lines, output } = written()
  new RawDisplay(output).show(
    StatusResponse.of({ vertexes: [vertex('a', 'x', { started: at(0) })], logs: [log('a', 'hi', 1)] }),
  )
  expect(JSON.parse(lines[0]!)).toEqual({
    vertexes: [{ digest: 'a', inputs: [], name: 'x', started: '1970-01-01T00:00:00.000Z' }],
    logs: [{ vertex: 'a', timestamp: '1970-01-01T00:00:01.000Z', stream: 1, data: 'aGk=' }],
  })
})

const step = (more: Partial<ReturnType<typeof Vertex.of>>, output = ''): FrameStep => {
  const tail = new StepTail(10)
  tail.push(Buffer.from(output))
  return { vertex: Vertex.of({ name: 'RUN make', started: at(1), ...more }), statuses: new Map(), tail }
}

test('tty: what runs is shown with its last lines, times on the right, nothing wider than the screen', () => {
  const lines = renderFrame(
    [
      step({ completed: at(2), cached: true }),
      step({}, 'first\nsecond \x1b[31mred\x1b[0m\rthird\n'),
      step({ completed: at(2), error: 'no' }),
    ],
    { columns: 30, rows: 20 },
    0,
    3_000,
    false,
  )
  expect(lines).toEqual([
    { text: '[+] Building 3.0s (2/3)', tone: 'plain' },
    { text: ' => CACHED RUN make       1.0s', tone: 'done', isOver: true },
    { text: ' => RUN make              2.0s', tone: 'plain', isOver: false },
    { text: ' => => # first', tone: 'plain', isOver: false },
    { text: ' => => # third', tone: 'plain', isOver: false },
    { text: ' => ERROR RUN make        1.0s', tone: 'failed', isOver: false },
  ] as never)
})

test('tty: on a low screen what is over makes room for what runs', () => {
  const over = Array.from({ length: 30 }, () => step({ completed: at(2) }))
  const lines = renderFrame([...over, step({ name: 'RUN now' })], { columns: 40, rows: 10 }, 0, 3_000, false)
  expect(lines).toHaveLength(9)
  expect(lines.at(-1)?.text).toStartWith(' => RUN now')
})

const detail = (text: string, first: number, last: number) => ({
  typeUrl: 'github.com/moby/buildkit/errdefs.Source+json',
  value: Buffer.from(
    JSON.stringify({
      info: { filename: 'Dockerfile', data: Buffer.from(text).toString('base64') },
      ranges: [{ start: { line: first }, end: { line: last } }],
    }),
  ),
})

test('the place of a mistake is shown with the lines around it', () => {
  expect(sourceExcerpt([detail('FROM x\nRUN a\nRUN b \\\n  c\n', 3, 4)])).toEqual([
    'Dockerfile:3',
    '--------------------',
    '   2 |     RUN a',
    '   3 | >>> RUN b \\',
    '   4 | >>>   c',
    '   5 |     ',
    '--------------------',
  ])
  expect(sourceExcerpt([detail('FROM x\n', 9, 9), { typeUrl: 'errdefs.Source', value: Buffer.from('{') }])).toEqual([])
})
