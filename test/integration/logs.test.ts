import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const berth = () => clientOf(daemon, 'berth')
const idOf = (name: string) => berth().out('inspect', '-f', '{{.Id}}', name)
const count = (lines: number, size = 60) =>
  `i=0; while [ $i -lt ${lines} ]; do printf "%0${size}d\\n" $i; i=$((i+1)); done`
/** Where the lines stop being 0, 1, 2 …; a whole comparison would fill the screen. */
function firstGap(text: string): string | undefined {
  const lines = text.trimEnd().split('\n').map(Number)
  const at = lines.findIndex((line, index) => line !== index)
  return at < 0 ? undefined : `line ${at} of ${lines.length} is ${lines[at]}`
}
const numbered = (lines: number, size = 60) =>
  Array.from({ length: lines }, (_, index) => String(index).padStart(size, '0')).join('\n')

async function filesOf(name: string): Promise<string[]> {
  const id = await idOf(name)
  const prefix = `${id}-json.log`
  const names = readdirSync(join(daemon.instance.dataRoot, 'containers', id)).filter(file => file.startsWith(prefix))
  return names.map(file => file.slice(prefix.length)).toSorted()
}

describe.each([...CLIENTS])('logs, by the %s CLI', name => {
  const cli = (...args: string[]) => clientOf(daemon, name).cli(args)
  const out = (...args: string[]) => clientOf(daemon, name).out(...args)

  test('labels, variables and tag are kept with each line, and --details shows them', async () => {
    const opts = [
      '--log-opt',
      'labels=tier',
      '--log-opt',
      'env-regex=^APP_',
      '--log-opt',
      'tag={{.Name}}/{{.ImageName}}',
    ]
    await out(
      'run',
      '--name',
      'tagged',
      '-l',
      'tier=front',
      '-l',
      'other=x',
      '-e',
      'APP_A=1',
      ...opts,
      'busybox',
      'echo',
      'hi',
    )
    expect(await out('logs', '--details', 'tagged')).toBe('APP_A=1,tag=tagged%2Fbusybox,tier=front hi')
    expect(await out('logs', 'tagged')).toBe('hi')
    await out('rm', 'tagged')
  })

  test.each([
    [['--log-opt', 'nosuch=1'], "unknown log opt 'nosuch' for json-file log driver"],
    [['--log-driver', 'nosuch'], 'error looking up logging plugin nosuch'],
    [['--log-driver', 'local', '--log-opt', 'labels=a'], "unknown log opt 'labels' for log driver local"],
    [['--log-opt', 'compress=true', '--log-opt', 'max-file=1'], 'compress cannot be true when max-file is less than 2'],
    [['--log-opt', 'mode=sometimes'], 'logger: logging mode not supported: sometimes'],
    [['--log-opt', 'max-buffer-size=1m'], "max-buffer-size option is only supported with 'mode=non-blocking'"],
    [['--log-opt', 'tag={{.NoSuch}}'], 'NoSuch'],
    [['--log-driver', 'gelf'], 'gelf'],
  ])('%j is refused by name', async (flags, message) => {
    const { code, stderr } = await cli('create', ...flags, 'busybox', 'true')
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })

  test('the local driver is read back, with tail and time', async () => {
    await out('run', '--name', 'loc', '--log-driver', 'local', 'busybox', 'sh', '-c', 'echo a; sleep 0.05; echo b >&2')
    expect((await cli('logs', '-n', '1', 'loc')).stderr).toBe('b\n')
    expect((await cli('logs', '--since', '1h', 'loc')).stdout).toBe('a\n')
    await out('rm', 'loc')
  })
})

test('rotated files are packed while the container writes, and read back in order without a gap', async () => {
  const opts = ['--log-opt', 'max-size=20k', '--log-opt', 'max-file=50', '--log-opt', 'compress=true']
  const script = `${count(1500)}; echo end; sleep 1000`
  await berth().out('run', '-d', '--name', 'packed', ...opts, 'busybox', 'sh', '-c', script)
  await until('all but the current file are packed', async () => {
    const files = await filesOf('packed')
    return files.length > 5 && files.every(file => file === '' || /^\.\d+\.gz$/.test(file))
  })
  expect(firstGap((await berth().out('logs', 'packed')).replace(/\nend$/, ''))).toBeUndefined()
  expect(await berth().out('logs', '-n', '700', 'packed')).toBe(
    [...numbered(1500).split('\n'), 'end'].slice(-700).join('\n'),
  )
  await berth().out('rm', '-f', 'packed')
})

test('what was rotated while no daemon was there is packed by the next one', async () => {
  const opts = ['--log-opt', 'max-size=20k', '--log-opt', 'max-file=50', '--log-opt', 'compress=true']
  const script = `until [ -e /go ]; do sleep 0.05; done; ${count(800)}; touch /done; sleep 1000`
  await berth().out('run', '-d', '--name', 'alone', ...opts, 'busybox', 'sh', '-c', script)
  await berth().out('exec', '-d', 'alone', 'sh', '-c', 'sleep 0.3; touch /go')
  await daemon.kill()
  await Bun.sleep(1500)
  await daemon.start()
  await until(
    'it has written all',
    async () => (await berth().cli(['exec', 'alone', 'test', '-e', '/done'])).code === 0,
  )
  await until('the files are packed', async () =>
    (await filesOf('alone')).every(file => file === '' || file.endsWith('.gz')),
  )
  expect(firstGap(await berth().out('logs', 'alone'))).toBeUndefined()
  await berth().out('rm', '-f', 'alone')
})

test('a follower loses no line over rotation and packing', async () => {
  const opts = ['--log-opt', 'max-size=50k', '--log-opt', 'max-file=60', '--log-opt', 'compress=true']
  await berth().out('run', '-d', '--name', 'flow', ...opts, 'busybox', 'sh', '-c', `sleep 0.3; ${count(20_000)}`)
  const followers = await Promise.all(Array.from({ length: 4 }, () => berth().cli(['logs', '-f', 'flow'])))
  for (const { stdout } of followers) {
    expect(firstGap(stdout)).toBeUndefined()
    expect(stdout.split('\n')).toHaveLength(20_001)
  }
  await berth().out('rm', '-f', 'flow')
})
