import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

describe.each([...CLIENTS])('streams of a container, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)
  const cli = (args: string[], input?: string) => client().cli(args, input === undefined ? {} : { input })

  test('`exec` runs beside the main program, with its own streams, code, user, directory and environment', async () => {
    await out('run', '-d', '--name', 'host', 'busybox', 'sleep', '1000')
    const command = 'echo "$A $(id -u) $(pwd)"; echo err >&2; exit 9'
    const result = await cli(['exec', '-e', 'A=b', '-u', 'app', '-w', '/etc', 'host', 'sh', '-c', command])
    expect(result).toEqual({ code: 9, stdout: 'b 1000 /etc\n', stderr: 'err\n' })
    expect((await cli(['exec', '-i', 'host', 'cat'], 'through')).stdout).toBe('through')
    expect((await cli(['exec', 'host', 'nope'])).code).toBe(127)
    await out('exec', '-d', 'host', 'sh', '-c', 'echo later > /tmp/f')
    await until(
      'the detached program has run',
      async () => (await cli(['exec', 'host', 'cat', '/tmp/f'])).stdout === 'later\n',
    )
    await out('rm', '-f', 'host')
    expect((await cli(['exec', 'host', 'true'])).stderr).toContain('No such container: host')
  })

  test('logs come back whole and in order: tail, timestamps, streams, since', async () => {
    await out('run', '--name', 'talker', '-d', 'busybox', 'sh', '-c', 'seq 1 3000; echo oops >&2; sleep 1000')
    await until('it has written', async () => (await cli(['logs', 'talker'])).stderr === 'oops\n')
    const lines = (await cli(['logs', 'talker'])).stdout.trim().split('\n')
    expect(lines).toEqual(Array.from({ length: 3000 }, (_, index) => String(index + 1)))
    expect((await cli(['logs', '--tail', '2', 'talker'])).stdout).toBe('3000\n')
    expect((await cli(['logs', '-t', '--tail', '1', 'talker'])).stderr).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]{18}Z oops\n$/)
    expect((await cli(['logs', '--since', '2100-01-01T00:00:00Z', 'talker'])).stdout).toBe('')
    await out('rm', '-f', 'talker')
  })

  test('`logs -f` follows to the end of the container', async () => {
    await out('run', '--name', 'slow', '-d', 'busybox', 'sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.2; done')
    expect((await cli(['logs', '-f', 'slow'])).stdout).toBe('1\n2\n3\n')
    await out('rm', 'slow')
  })

  test('a line without end, a long line and bytes that are no text come back as they were written', async () => {
    await out('run', '--name', 'odd', 'busybox', 'sh', '-c', 'head -c 70000 /dev/zero | tr "\\0" x; printf "\\nend"')
    const { stdout } = await cli(['logs', 'odd'])
    expect(stdout).toBe(`${'x'.repeat(70000)}\nend`)
    await out('rm', 'odd')
  })

  test('`attach` joins the streams of a running container and ends with its code', async () => {
    await out('run', '-d', '-i', '--name', 'open', 'busybox', 'sh', '-c', 'read line; echo "got $line"; exit 4')
    const result = await cli(['attach', 'open'], 'hello\n')
    expect(result.stdout).toBe('got hello\n')
    expect(result.code).toBe(4)
    await out('rm', 'open')
  })

  test('a container with a terminal has one, of one stream', async () => {
    const result = await cli(['run', '--rm', '-t', 'busybox', 'sh', '-c', 'tty; echo err >&2'])
    expect(result.stdout.replaceAll('\r', '')).toBe('/dev/pts/0\nerr\n')
  })

  test('the last words of a container that lives for a millisecond are never lost', async () => {
    const runs = Array.from({ length: 12 }, (_, index) => cli(['run', '--rm', 'busybox', 'echo', `word ${index}`]))
    const said = (await Promise.all(runs)).map(({ stdout }) => stdout)
    expect(said).toEqual(Array.from({ length: 12 }, (_, index) => `word ${index}\n`))
  })
})
