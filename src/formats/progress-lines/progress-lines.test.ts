import { expect, test } from 'bun:test'
import { ProgressScreen, progressBar, readJsonLines } from './progress-lines.ts'

test('without a terminal only changes of state are told', () => {
  const screen = new ProgressScreen({ isTerminal: false, columns: 200 })
  const shown = [
    { status: 'Pulling from library/x', id: 'latest' },
    { status: 'Pulling fs layer', id: 'abc', progressDetail: {} },
    { status: 'Downloading', id: 'abc', progressDetail: { current: 5, total: 10 }, progress: '[>]' },
    { status: 'Pull complete', id: 'abc', progressDetail: {} },
    { status: 'Digest: sha256:1' },
    { stream: 'Loaded image: x\n' },
  ].map(line => screen.draw(line))
  expect(shown.join('')).toBe(
    'latest: Pulling from library/x\nabc: Pulling fs layer\nabc: Pull complete\nDigest: sha256:1\nLoaded image: x\n',
  )
})

test('on a terminal each layer is drawn anew on its own line', () => {
  const screen = new ProgressScreen({ isTerminal: true, columns: 80 })
  const draw = (id: string, status: string, current = 0) =>
    screen.draw({ id, status, progressDetail: current ? { current, total: 100 } : {} })
  expect(draw('a', 'Waiting')).toBe('\n\x1b[1A\x1b[2K\ra: Waiting \r\x1b[1B')
  expect(draw('b', 'Waiting')).toBe('\n\x1b[1A\x1b[2K\rb: Waiting \r\x1b[1B')
  expect(draw('a', 'Downloading', 50)).toBe('\x1b[2A\x1b[2K\ra: Downloading      50B/100B\r\x1b[2B')
})

test('the bar is fifty wide where there is room', () => {
  expect(progressBar({ current: 50, total: 100 }, 200)).toBe(`[${'='.repeat(25)}>${' '.repeat(25)}]      50B/100B`)
  expect(progressBar({ current: 200, total: 100 }, 200)).toBe(`[${'='.repeat(50)}>]     200B`)
  expect(progressBar({ current: 5 }, 200)).toBe('      5B')
  expect(progressBar({}, 200)).toBe('')
})

test('objects come apart wherever the pieces are cut', async () => {
  async function* pieces() {
    for (const piece of ['{"a":"\u00e4', '1"}\r\n{"a"', ':"2"}\n\n', '{"a":"3"}']) yield Buffer.from(piece)
  }
  expect(await Array.fromAsync(readJsonLines<{ a: string }>(pieces()))).toEqual([{ a: 'ä1' }, { a: '2' }, { a: '3' }])
})
