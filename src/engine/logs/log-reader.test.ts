import { expect, test } from 'bun:test'
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Demultiplexer } from '../../formats/multiplexed-stream/demultiplexer.ts'
import type { LogOptions } from './log-options.ts'
import { readLog } from './log-reader.ts'

const NEVER_ENDS = new Promise<void>(() => {})
const plain: LogOptions = {
  stdout: true,
  stderr: true,
  follow: false,
  timestamps: false,
  details: false,
  framed: false,
}
const line = (text: string, stream = 'stdout', time = '2026-01-02T03:04:05.123456789Z') =>
  `${JSON.stringify({ log: text, stream, time })}\n`

function scratch() {
  const directory = mkdtempSync(join(tmpdir(), 'berth-logs-'))
  const path = join(directory, 'x-json.log')
  return { path, directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
}

async function read(path: string, options: Partial<LogOptions> = {}): Promise<string> {
  const pieces: Uint8Array[] = []
  const source = { path, ended: Promise.resolve() }
  for await (const piece of readLog(source, { ...plain, ...options }, new AbortController().signal)) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** Follows in the background; `until(text)` resolves when the output ends with the text. */
function follower(path: string, ended = NEVER_ENDS, options: Partial<LogOptions> = {}) {
  const abort = new AbortController()
  let output = ''
  let wake = () => {}
  const done = (async () => {
    for await (const piece of readLog({ path, ended }, { ...plain, follow: true, ...options }, abort.signal)) {
      output += Buffer.from(piece).toString()
      wake()
    }
    return output
  })()
  const until = async (text: string) => {
    while (!output.endsWith(text)) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  return { done, until, stop: () => abort.abort(), output: () => output }
}

/** The runtime makes one inotify instance at the first watch, and keeps it. */
watch(tmpdir(), () => {}).close()
const openFiles = () => readdirSync('/proc/self/fd').length

test('texts come out byte for byte as they were written', async () => {
  using log = scratch()
  const texts = [
    'plain\n',
    'quote " back \\ slash /\n',
    'tab\tcr\r\b\f\u0001\n',
    'é € 😀 \u2028\n',
    '","stream":"stderr"\n',
    'no newline',
    '\n',
    '',
  ]
  writeFileSync(log.path, texts.map(text => line(text)).join(''))
  expect(await read(log.path)).toBe(texts.join(''))
  writeFileSync(log.path, '{"log":"\\u003c\\ud83d\\ude00\\/\\n","stream":"stdout","time":"2026-01-02T03:04:05.1Z"}\n')
  expect(await read(log.path)).toBe('<😀/\n')
})

test('lines of one stream share a frame, a change of stream begins a new one', async () => {
  using log = scratch()
  writeFileSync(log.path, line('a\n') + line('b\n') + line('c\n', 'stderr') + line('d\n'))
  const got: [number, string][] = []
  const demultiplexer = new Demultiplexer((kind, piece) => got.push([kind, Buffer.from(piece).toString()]))
  demultiplexer.push(Buffer.from(await read(log.path, { framed: true })))
  expect(got).toEqual([
    [1, 'a\nb\n'],
    [2, 'c\n'],
    [1, 'd\n'],
  ])
})

test('one stream alone can be asked for', async () => {
  using log = scratch()
  writeFileSync(log.path, line('a\n') + line('b\n', 'stderr'))
  expect(await read(log.path, { stderr: false })).toBe('a\n')
  expect(await read(log.path, { stdout: false })).toBe('b\n')
})

test('timestamps have nine digits whatever the file has', async () => {
  using log = scratch()
  writeFileSync(
    log.path,
    line('a\n', 'stdout', '2026-01-02T03:04:05.1Z') + line('b\n') + line('c\n', 'stdout', '2026-01-02T05:04:05+02:00'),
  )
  expect(await read(log.path, { timestamps: true })).toBe(
    '2026-01-02T03:04:05.100000000Z a\n2026-01-02T03:04:05.123456789Z b\n2026-01-02T03:04:05.000000000Z c\n',
  )
})

test('details come sorted and escaped after the time', async () => {
  using log = scratch()
  writeFileSync(
    log.path,
    `{"log":"a\\n","stream":"stdout","attrs":{"z":"1 2","b":"x,y"},"time":"2026-01-02T03:04:05Z"}\n`,
  )
  expect(await read(log.path, { details: true, timestamps: true })).toBe(
    '2026-01-02T03:04:05.000000000Z b=x%2Cy,z=1+2 a\n',
  )
})

test('since and until are both included', async () => {
  using log = scratch()
  const at = (second: number) => `2026-01-02T03:04:0${second}Z`
  writeFileSync(log.path, [1, 2, 3, 4].map(second => line(`${second}\n`, 'stdout', at(second))).join(''))
  const nanoseconds = (second: number) => BigInt(Date.parse(at(second))) * 1_000_000n
  expect(await read(log.path, { since: nanoseconds(2), until: nanoseconds(3) })).toBe('2\n3\n')
})

test('tail counts entries from the end, over rotated files', async () => {
  using log = scratch()
  writeFileSync(`${log.path}.2`, line('1\n') + line('2\n'))
  writeFileSync(`${log.path}.1`, line('3\n') + line('4\n'))
  writeFileSync(log.path, line('5\n'))
  expect(await read(log.path)).toBe('1\n2\n3\n4\n5\n')
  const expected = ['', '5\n', '4\n5\n', '3\n4\n5\n', '2\n3\n4\n5\n', '1\n2\n3\n4\n5\n', '1\n2\n3\n4\n5\n']
  for (const [tail, text] of expected.entries()) expect(await read(log.path, { tail })).toBe(text)
})

test('tail finds its beginning in a file of many pieces', async () => {
  using log = scratch()
  const count = 20_000
  writeFileSync(log.path, Array.from({ length: count }, (_, index) => line(`line ${index}\n`)).join(''))
  expect((await read(log.path, { tail: 12_345 })).split('\n').slice(0, 1)).toEqual([`line ${count - 12_345}`])
  expect((await read(log.path)).split('\n').length).toBe(count + 1)
})

test('damaged lines are left out and do not end the reading', async () => {
  using log = scratch()
  const damaged = [
    'not json\n',
    '{"log":"cut',
    '\0\0\0\0',
    '{"log":5,"stream":"stdout","time":"x"}\n',
    '{"log":"\\q\\n","stream":"stdout","time":"2026-01-02T03:04:05.123456789Z"}\n',
    '[]\n',
    'null\n',
    '\n',
  ]
  writeFileSync(log.path, `${line('a\n') + damaged.map(text => text + line('ok\n')).join('')}{"log":"half`)
  expect(await read(log.path)).toBe(`a\n${'ok\n'.repeat(damaged.length)}`)
})

test('a log that does not exist is empty', async () => {
  using log = scratch()
  expect(await read(log.path)).toBe('')
})

test('a follower sees what is written, across rotation and truncation, until the container ends', async () => {
  using log = scratch()
  const before = openFiles()
  writeFileSync(log.path, line('1\n'))
  const end = Promise.withResolvers<void>()
  const follow = follower(log.path, end.promise)
  await follow.until('1\n')
  appendFileSync(log.path, line('2\n').slice(0, 10))
  appendFileSync(log.path, line('2\n').slice(10))
  await follow.until('2\n')
  appendFileSync(log.path, line('3\n'))
  renameSync(log.path, `${log.path}.1`)
  writeFileSync(log.path, line('4\n'))
  await follow.until('4\n')
  renameSync(`${log.path}.1`, `${log.path}.2`)
  renameSync(log.path, `${log.path}.1`)
  writeFileSync(log.path, line('5\n'))
  await follow.until('5\n')
  appendFileSync(log.path, line('a longer line than the next\n'))
  await follow.until('next\n')
  truncateSync(log.path)
  appendFileSync(log.path, line('6\n'))
  await follow.until('6\n')
  appendFileSync(log.path, line('7\n'))
  end.resolve()
  expect(await follow.done).toBe('1\n2\n3\n4\n5\na longer line than the next\n6\n7\n')
  expect(openFiles()).toBe(before)
})

test('a follower of a log that is yet to be made sees it', async () => {
  using log = scratch()
  const follow = follower(log.path)
  await Bun.sleep(1)
  writeFileSync(log.path, line('1\n'))
  await follow.until('1\n')
  follow.stop()
  expect(await follow.done).toBe('1\n')
})

test('a follower whose client has gone leaves nothing open', async () => {
  using log = scratch()
  writeFileSync(log.path, line('1\n'))
  const before = openFiles()
  const follows = Array.from({ length: 10 }, () => follower(log.path))
  for (const follow of follows) await follow.until('1\n')
  for (const follow of follows) follow.stop()
  for (const follow of follows) await follow.done
  expect(openFiles()).toBe(before)
})
