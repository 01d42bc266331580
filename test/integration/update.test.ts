import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { freePort } from '../kit/registry.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const berth = (...args: string[]) => clientOf(daemon, 'berth').out(...args)
const SERVE = 'while true; do echo hello | nc -l -p 80; done'

/** What the port says, '' if nobody is there. */
function ask(port: number): Promise<string> {
  return new Promise(resolve => {
    let said = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', chunk => {
      said += chunk
    })
    socket.on('error', () => resolve(''))
    socket.on('close', () => resolve(said.trim()))
    socket.setTimeout(2_000, () => socket.destroy())
  })
}
const answers = (port: number) => until(`port ${port} answers`, async () => (await ask(port)) === 'hello')
const isClosed = (port: number) => until(`port ${port} is closed`, async () => (await ask(port)) === '')

describe('update of published ports', () => {
  test('is effective at once, survives restart and a killed daemon, and is told everywhere', async () => {
    const [first, second] = [await freePort(), await freePort()]
    await berth('run', '-d', '--name', 'web', '-p', `127.0.0.1:${first}:80`, 'busybox', 'sh', '-c', SERVE)
    await answers(first)
    expect(await berth('update', '--publish-add', `127.0.0.1:${second}:80`, 'web')).toBe('web')
    await answers(second)
    await answers(first)
    const ports = (await berth('port', 'web')).split('\n')
    expect(ports.sort()).toEqual([first, second].map(port => `80/tcp -> 127.0.0.1:${port}`).sort())
    await daemon.kill()
    await daemon.start()
    await answers(second)
    await berth('update', '--publish-rm', `${first}:80`, 'web')
    await isClosed(first)
    await answers(second)
    await berth('restart', '-t', '0', 'web')
    await answers(second)
    expect(await ask(first)).toBe('')
    await berth('update', '--publish-rm', '80', 'web')
    await isClosed(second)
    expect(await berth('port', 'web')).toBe('')
    const proxies = join(daemon.instance.execRoot, 'proxies')
    await until('no proxy is left', async () => readdirSync(proxies).length === 0)
  })

  test('of a port that is taken changes nothing', async () => {
    const port = await freePort()
    await berth('run', '-d', '--name', 'owner', '-p', `127.0.0.1:${port}:80`, 'busybox', 'sleep', '1000')
    await berth('run', '-d', '--name', 'guest', '--label', 'a=1', 'busybox', 'sleep', '1000')
    const before = await berth('inspect', 'guest')
    const args = [
      'update',
      '--label-add',
      'b=2',
      '-m',
      '64m',
      '--memory-swap',
      '64m',
      '--publish-add',
      `127.0.0.1:${port}:80`,
      'guest',
    ]
    const { code, stderr } = await daemon.berth(args)
    expect(code).toBe(1)
    expect(stderr).toContain('port is already allocated')
    expect(await berth('inspect', 'guest')).toBe(before)
  })

  test('of a container that does not run counts at its next start; a port chosen by us goes by its number', async () => {
    await berth('create', '--name', 'later', 'busybox', 'sh', '-c', SERVE)
    await berth('update', '--publish-add', '127.0.0.1::80', 'later')
    await berth('start', 'later')
    const port = Number((await berth('port', 'later', '80')).split(':').at(-1))
    await answers(port)
    await berth('update', '--publish-rm', `${port}:80`, 'later')
    await isClosed(port)
    const { stderr } = await daemon.berth(['update', '--publish-rm', '80', 'later'])
    expect(stderr).toContain('port 80/tcp is not published')
  })
})

test('labels change at once and for filters', async () => {
  await berth('run', '-d', '--name', 'labelled', '--label', 'old=1', 'busybox', 'sleep', '1000')
  await berth('update', '--label-add', 'new=2', '--label-rm', 'old', 'labelled')
  expect(await berth('ps', '--filter', 'label=new=2', '--format', '{{.Names}}')).toBe('labelled')
  expect(await berth('ps', '-q', '--filter', 'label=old')).toBe('')
  await daemon.kill()
  await daemon.start()
  expect(await berth('inspect', '-f', '{{json .Config.Labels}}', 'labelled')).toBe('{"new":"2"}')
  expect((await daemon.berth(['update', '--label-add', '=x', 'labelled'])).code).not.toBe(0)
})

describe.each(CLIENTS)('%s update', name => {
  test('limits and restart policy of a running container', async () => {
    const { out } = clientOf(daemon, name)
    await out('run', '-d', '--name', `${name}-u`, 'busybox', 'sleep', '1000')
    const limits = [
      '--memory',
      '64m',
      '--memory-swap',
      '64m',
      '--cpus',
      '0.5',
      '--pids-limit',
      '50',
      '--restart',
      'always',
    ]
    await out('update', ...limits, `${name}-u`)
    const format =
      '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}'
    expect(await out('inspect', '-f', format, `${name}-u`)).toBe('67108864 500000000 50 always')
    await out('update', '--restart', 'no', `${name}-u`)
  })
})
