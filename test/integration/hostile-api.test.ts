import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const message = async (response: Response): Promise<string> => ((await response.json()) as { message: string }).message
const create = (body: unknown) => daemon.api('POST', '/v1.44/containers/create', body)

/** Sends raw bytes and gives back all that comes until the server closes or falls silent. */
function raw(bytes: string): Promise<string> {
  return new Promise(resolve => {
    let answer = ''
    const socket = connect(daemon.socket, () => socket.write(bytes))
    const done = () => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(700, done)
    socket.on('data', data => {
      answer += data.toString('latin1')
    })
    socket.on('close', done).on('error', done)
  })
}

describe('the API under bad input', () => {
  const MISTAKES: [field: string, body: unknown][] = [
    ['Image', { Image: 7 }],
    ['Env', { Image: 'busybox', Env: 'A=b' }],
    ['Cmd', { Image: 'busybox', Cmd: { a: 1 } }],
    ['Labels', { Image: 'busybox', Labels: ['a'] }],
    ['Memory', { Image: 'busybox', HostConfig: { Memory: 'much' } }],
    ['Binds', { Image: 'busybox', HostConfig: { Binds: [1] } }],
    ['PortBindings', { Image: 'busybox', HostConfig: { PortBindings: { '80/tcp': 'x' } } }],
    ['HostConfig', { Image: 'busybox', HostConfig: 'x' }],
  ]

  test.each(MISTAKES)('a wrong type in %s is a 400 that names the field, and nothing is made', async (field, body) => {
    const response = await create(body)
    expect(response.status).toBe(400)
    expect(await message(response)).toContain(field)
    expect(await (await daemon.api('GET', '/v1.44/containers/json?all=1')).json()).toEqual([])
  })

  test('JSON that is none, JSON twice and a body of another type are 400s', async () => {
    const post = (body: string, type = 'application/json') =>
      fetch('http://berth/v1.44/containers/create', {
        unix: daemon.socket,
        method: 'POST',
        body,
        headers: { 'Content-Type': type },
      })
    expect((await post('{')).status).toBe(400)
    expect((await post('{"Image":"busybox"}{}')).status).toBe(400)
    expect((await post('Image=busybox', 'text/plain')).status).toBe(400)
    expect((await post(`{"Image":"${'x'.repeat(5_000_000)}"}`)).status).toBeGreaterThanOrEqual(400)
  })

  test('`__proto__` and `constructor` as keys of anything change nothing', async () => {
    const body =
      '{"Image":"busybox","Labels":{"__proto__":"x","constructor":"y"},"HostConfig":{"__proto__":{"Privileged":true}}}'
    const response = await fetch('http://berth/v1.44/containers/create', {
      unix: daemon.socket,
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json' },
    })
    const { Id } = (await response.json()) as { Id: string }
    const inspect = (await (await daemon.api('GET', `/v1.44/containers/${Id}/json`)).json()) as {
      HostConfig: { Privileged: boolean }
    }
    expect(inspect.HostConfig.Privileged).toBe(false)
    await clientOf(daemon, 'docker').out('rm', Id)
  })

  test('names and ids with paths in them are refused or unknown, and never become paths', async () => {
    for (const name of ['..', '../x', 'a/b', '.hidden', '', '-x', 'a\nb']) {
      const response = await daemon.api('POST', `/v1.44/containers/create?name=${encodeURIComponent(name)}`, {
        Image: 'busybox',
      })
      if (name === '') await clientOf(daemon, 'docker').out('rm', ((await response.json()) as { Id: string }).Id)
      else expect(response.status).toBe(400)
    }
    for (const id of ['%2e%2e%2f%2e%2e%2fetc', '..%2fx', '%00', 'a%2fb']) {
      expect([400, 404]).toContain((await daemon.api('GET', `/v1.44/containers/${id}/json`)).status)
    }
  })

  test('unknown filters, versions and routes are told as Docker tells them', async () => {
    expect(await message(await daemon.api('GET', '/v1.44/containers/json?filters={"nonsense":["x"]}'))).toContain(
      "invalid filter 'nonsense'",
    )
    expect((await daemon.api('GET', '/v1.44/containers/json?filters={')).status).toBe(400)
    expect(await message(await daemon.api('GET', '/v1.99/containers/json'))).toContain('client version 1.99 is too new')
    expect(await message(await daemon.api('GET', '/v1.2/containers/json'))).toContain('client version 1.2 is too old')
    expect(await message(await daemon.api('GET', '/v1.44/nonsense'))).toBe('page not found')
    expect((await daemon.api('GET', '/v1.44/swarm')).status).toBe(501)
  })

  test('no such image is a 404 that lets the stock CLI pull', async () => {
    const response = await create({ Image: 'nobody/nothing' })
    expect(response.status).toBe(404)
    expect(await message(response)).toBe('No such image: nobody/nothing:latest')
  })

  test('requests that are no HTTP, half sent, or smuggled, harm nobody else', async () => {
    expect(await raw('nonsense\r\n\r\n')).toContain('400')
    await raw('GET /_ping HTTP/1.1\r\nHost: x\r\n')
    await raw(
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
    )
    expect((await daemon.api('GET', '/_ping')).status).toBe(200)
  })

  test('a name that looks like another container’s id does not catch its commands', async () => {
    const { out } = clientOf(daemon, 'docker')
    const victim = await out('create', 'busybox')
    await out('create', '--name', victim.slice(0, 12), 'busybox').catch(() => undefined)
    expect(await out('inspect', '--format', '{{.Id}}', victim)).toBe(victim)
    const all = (await out('ps', '-aq', '--no-trunc')).split('\n')
    await out('rm', ...all)
  })

  test('an attach whose client goes away leaves the container and the daemon’s descriptors as they were', async () => {
    const { out } = clientOf(daemon, 'docker')
    const id = await out('run', '-d', 'busybox', 'sleep', '1000')
    const descriptors = () =>
      [...new Bun.Glob('*').scanSync({ cwd: `/proc/${daemon.pid()}/fd`, onlyFiles: false })].length
    const before = descriptors()
    for (let round = 0; round < 20; round++) {
      await raw(
        `POST /v1.44/containers/${id}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
      )
    }
    await Bun.sleep(300)
    expect(descriptors()).toBeLessThan(before + 5)
    expect(await out('inspect', '--format', '{{.State.Running}}', id)).toBe('true')
    await out('rm', '-f', id)
  }, 60_000)
})
