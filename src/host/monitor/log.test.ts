import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mount, UNMOUNT, unmount } from '../syscalls/mount.ts'
import { OUTPUT, removeShared, seen, sharedThings, start } from './monitor.kit.ts'
import { readExitFile, reconnectMonitor } from './monitor.ts'

afterAll(removeShared)

test('lines are escaped as Docker 26 escapes them', async () => {
  const bytes = 'a\\001\\t\\033"<>&\\\\ \\377\\342\\200\\250 \\355\\240\\200 \\342\\202\\254 \\r\\177z\\n'
  await using container = await start({ command: ['/bin/printf', bytes] })
  await container.monitor.gone
  expect(container.logText()).toStartWith(
    '{"log":"a\\u0001\\u0009\\u001b\\"\\u003c\\u003e\\u0026\\\\ \\ufffd\\u2028 \\ufffd\\ufffd\\ufffd \u20ac \\r\x7fz\\n","stream":"stdout","time":"',
  )
})

test('times are those of RFC 3339 with nanoseconds, in UTC', async () => {
  const before = Date.now()
  await using container = await start({ command: 'echo now' })
  await container.monitor.gone
  const [{ time } = { time: '' }] = container.logged()
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/)
  expect(time).not.toMatch(/0Z$/)
  expect(Date.parse(time)).toBeGreaterThanOrEqual(before - 1)
  expect(Date.parse(time)).toBeLessThanOrEqual(Date.now() + 1)
})

test('a last line without its end is logged without one', async () => {
  await using container = await start({ command: 'echo whole; printf unfinished; printf other >&2' })
  await container.monitor.gone
  const messages = container.logged().map(({ log, stream }) => `${stream} ${log}`)
  expect(messages.sort()).toEqual(['stderr other', 'stdout unfinished', 'stdout whole\n'])
})

test('a long line is cut into pieces of 16 KiB, of which only the last has the newline', async () => {
  await using container = await start({ command: 'head -c 40000 /dev/zero | tr "\\0" x; echo; echo next', rootfs: {} })
  await container.monitor.gone
  const sizes = container.logged().map(({ log }) => [log.length, log.endsWith('\n')])
  expect(sizes).toEqual([
    [16384, false],
    [16384, false],
    [7233, true],
    [5, true],
  ])
})

test('a line of exactly one piece, and one byte less', async () => {
  const command = 'for n in 16383 16384; do head -c $n /dev/zero | tr "\\0" x; echo; done'
  await using container = await start({ command })
  await container.monitor.gone
  expect(container.logged().map(({ log }) => log.length)).toEqual([16384, 16384, 1])
})

test('no character is divided between two pieces', async () => {
  await using container = await start({ command: 'printf a; yes € | head -n 20000 | tr -d "\\n"; echo' })
  await container.monitor.gone
  const messages = container.logged().map(({ log }) => log)
  expect(messages.length).toBe(4)
  expect(messages.join('')).toBe(`a${'€'.repeat(20_000)}\n`)
})

test('a thousand empty lines and bytes that are no text stay apart', async () => {
  await using container = await start({
    command: 'yes "" | head -n 1000; head -c 3000 /dev/urandom | tr -d "\\n"; echo',
  })
  await container.monitor.gone
  const logged = container.logged()
  expect(logged.length).toBe(1001)
  expect(logged.slice(0, 1000).every(({ log }) => log === '\n')).toBe(true)
})

test('attributes are put into every line', async () => {
  await using container = await start({ command: 'echo x', log: { attributes: '{"tag":"a \\"b\\""}' } })
  await container.monitor.gone
  expect(container.logged()[0]).toMatchObject({ log: 'x\n', attrs: { tag: 'a "b"' } })
  expect(Object.keys(container.logged()[0]!)).toEqual(['log', 'stream', 'attrs', 'time'])
})

test('a full file is turned over, and only so many are kept', async () => {
  await using container = await start({ command: 'seq 1 1000', log: { maxBytes: 10_000, maxFiles: 3 } })
  await container.monitor.gone
  const path = container.launch.log!.path
  const files = [`${path}.2`, `${path}.1`, path]
  for (const file of files.slice(0, 2)) expect(statSync(file).size).toBeWithin(10_000, 10_200)
  expect(existsSync(`${path}.3`)).toBe(false)
  const numbers = files
    .flatMap(file => readFileSync(file, 'utf8').trimEnd().split('\n'))
    .map(line => Number(JSON.parse(line).log))
  expect(numbers.at(-1)).toBe(1000)
  expect(numbers).toEqual(Array.from(numbers, (_, index) => numbers[0]! + index))
})

test('with one file only, a full one begins anew', async () => {
  await using container = await start({ command: 'seq 1 1000', log: { maxBytes: 10_000, maxFiles: 1 } })
  await container.monitor.gone
  expect(statSync(container.launch.log!.path).size).toBeLessThan(10_200)
  expect(container.logged().at(-1)!.log).toBe('1000\n')
  expect(existsSync(`${container.launch.log!.path}.1`)).toBe(false)
})

test('a log is continued, and a line that a crash has cut off does not spoil the next', async () => {
  const { base } = await sharedThings()
  const path = join(base, 'continued.json')
  writeFileSync(path, '{"log":"first\\n","stream":"stdout","time":"2024-01-01T00:00:00Z"}\n{"log":"torn')
  await using container = await start({ command: 'echo second', log: { path } })
  await container.monitor.gone
  const lines = container.logText().trimEnd().split('\n')
  expect(lines.length).toBe(3)
  expect(JSON.parse(lines[2]!).log).toBe('second\n')
})

test('a log file that leads elsewhere is not followed, and the container runs', async () => {
  const { base } = await sharedThings()
  const path = join(base, 'link.json')
  const { symlinkSync } = await import('node:fs')
  symlinkSync(join(base, 'elsewhere'), path)
  await using container = await start({ command: 'echo x; exit 4', log: { path } })
  expect(await container.monitor.exited).toMatchObject({ code: 4 })
  await container.monitor.gone
  expect(existsSync(join(base, 'elsewhere'))).toBe(false)
})

/** A filesystem of 64 KiB. */
async function smallDisk() {
  const { base } = await sharedThings()
  const path = join(base, `disk${Math.random()}`)
  mkdirSync(path)
  mount({ source: 'tmpfs', target: path, type: 'tmpfs', data: 'size=64k' })
  return {
    path,
    [Symbol.dispose]: () => {
      unmount(path, UNMOUNT.DETACH)
      rmSync(path, { recursive: true })
    },
  }
}

test('a full disk stops neither the container nor its output; the loss is told when there is space again', async () => {
  using disk = await smallDisk()
  const filler = join(disk.path, 'filler')
  await using container = await start({
    command: 'seq 1 5000; echo full; cat; echo later; exit 6',
    input: 'open',
    early: [OUTPUT],
    log: { path: join(disk.path, 'log.json') },
    exitFile: join(disk.path, 'exit'),
  })
  await seen(container.attachments[0]!, 'full\n')
  writeFileSync(filler, '')
  const kept = container.logged()
  expect(kept.length).toBeGreaterThan(100)
  const { truncateSync } = await import('node:fs')
  truncateSync(container.launch.log!.path, 0)
  container.monitor.closeStdin()
  expect(await container.monitor.exited).toMatchObject({ code: 6 })
  await container.monitor.gone
  const [note, later] = container.logged()
  expect(note!.log).toMatch(/^\[berth: \d+ lines lost: no space left on device\]\n$/)
  expect(Number(/\d+/.exec(note!.log)![0])).toBe(5001 - kept.length)
  expect(later).toMatchObject({ log: 'later\n' })
  expect(await readExitFile(container.launch.exitFile!)).toMatchObject({ code: 6 })
})

test('the exit is stored on a disk that has filled up meanwhile', async () => {
  using disk = await smallDisk()
  await using container = await start({ command: 'cat; exit 8', input: 'open', exitFile: join(disk.path, 'exit') })
  await container.monitor.started
  expect(() => writeFileSync(join(disk.path, 'filler'), Buffer.alloc(100_000))).toThrow('ENOSPC')
  container.monitor.closeStdin()
  await container.monitor.gone
  expect(await readExitFile(container.launch.exitFile!)).toMatchObject({ code: 8 })
})

test('with a full disk and no daemon the monitor stays until one has heard of the exit', async () => {
  using disk = await smallDisk()
  const path = join(disk.path, 'exit')
  const filler = join(disk.path, 'filler')
  expect(() => writeFileSync(filler, Buffer.alloc(100_000))).toThrow('ENOSPC')
  await using container = await start({ command: 'exit 3', exitFile: path, log: false })
  container.monitor.leave()
  await Bun.sleep(100)
  const again = await reconnectMonitor(container.launch.socketPath, path)
  expect(await again!.exited).toMatchObject({ code: 3 })
  await again!.gone
})

test('a monitor whose directory was removed meanwhile ends with its container', async () => {
  const { base } = await sharedThings()
  mkdirSync(join(base, 'going'))
  await using container = await start({ command: 'cat', input: 'open', exitFile: join(base, 'going/exit') })
  await container.monitor.started
  rmSync(join(base, 'going'), { recursive: true })
  container.monitor.closeStdin()
  expect(await container.monitor.exited).toMatchObject({ code: 0 })
})
