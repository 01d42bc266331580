import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash, randomBytes } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { TestImages } from '../../src/engine/images/testing/test-images.ts'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { type TestRegistry, testRegistry } from '../kit/registry.ts'
import { must } from '../kit/run.ts'

/** Pushes to Debian's docker-registry, which nobody here wrote. */
const USER = { name: 'ann', password: 's3cret' }
let daemon: TestDaemon
let registry: TestRegistry
beforeAll(async () => {
  registry = await testRegistry()
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const raw = (name: string) => must(['skopeo', 'inspect', '--raw', '--tls-verify=false', `docker://${name}`])
const digestIn = (text: string) => /digest: (sha256:[0-9a-f]{64})/.exec(text)?.[1]

describe.each(CLIENTS)('%s push', name => {
  test('what is pushed is what is pulled again', async () => {
    const { cli, out } = clientOf(daemon, name)
    const tag = `${registry.address}/${name}/a:1`
    await out('tag', 'busybox', tag)
    const printed = await out('push', tag)
    expect(printed).toStartWith(`The push refers to repository [${registry.address}/${name}/a]\n`)
    expect(printed).toMatch(/^[0-9a-f]{12}: (Pushed|Mounted from \S+)$/m)
    const digest = digestIn(printed)
    expect(digest).toBe(
      `sha256:${createHash('sha256')
        .update(await raw(tag))
        .digest('hex')}`,
    )
    expect(await out('push', tag)).toContain('Layer already exists')
    const id = await out('image', 'inspect', '--format', '{{.Id}}', tag)
    await out('rmi', tag)
    await out('pull', tag)
    expect(await out('image', 'inspect', '--format', '{{.Id}}', tag)).toBe(id)
    expect(await out('push', '-q', tag)).toBe(tag)
    expect((await cli(['push', `${registry.address}/${name}/a:nope`])).stderr).toContain('tag does not exist')
  })

  test('-a pushes every tag', async () => {
    const { out, cli } = clientOf(daemon, name)
    for (const tag of ['x', 'y']) await out('tag', 'busybox', `${registry.address}/${name}/all:${tag}`)
    const printed = await out('push', '-a', `${registry.address}/${name}/all`)
    for (const tag of ['x', 'y']) expect(printed).toContain(`${tag}: digest: sha256:`)
    const refused = await cli(['push', '-a', `${registry.address}/${name}/all:x`])
    expect(refused).toMatchObject({ code: 1, stderr: "tag can't be used with --all-tags/-a\n" })
  })

  test('with TLS and a password', async () => {
    const { cli, out } = clientOf(daemon, name)
    await using secured = await testRegistry({ tls: true, user: USER })
    const tag = `${secured.address}/a:1`
    await out('tag', 'busybox', tag)
    const refused = await cli(['push', tag])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('no basic auth credentials')
    await cli(['login', '-u', USER.name, '--password-stdin', secured.address], { input: USER.password })
    await out('push', tag)
    await out('logout', secured.address)
    expect(daemon.log()).not.toContain(USER.password)
  })
})

test('distribution inspect tells what the registry has under a name', async () => {
  const { out } = clientOf(daemon, 'docker')
  const tag = `${registry.address}/distribution/a:1`
  await out('tag', 'busybox', tag)
  const digest = digestIn(await out('push', tag))
  const answer = await daemon.api('GET', `/v1.45/distribution/${tag}/json`)
  expect(await answer.json()).toEqual({
    Descriptor: {
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      digest,
      size: (await raw(tag)).length,
    },
    Platforms: [{ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux' }],
  })
  const missing = await daemon.api('GET', `/v1.45/distribution/${registry.address}/distribution/nope:1/json`)
  expect({ status: missing.status, body: await missing.json() }).toEqual({
    status: 404,
    body: { message: 'manifest unknown: manifest unknown' },
  })
})

test('a mount from another repository of the registry sends no layer', async () => {
  const { out } = clientOf(daemon, 'berth')
  await out('tag', 'busybox', `${registry.address}/mount/from:1`)
  await out('push', `${registry.address}/mount/from:1`)
  await out('tag', 'busybox', `${registry.address}/mount/to:1`)
  expect(await out('push', `${registry.address}/mount/to:1`)).toMatch(/Mounted from /)
})

test('a connection that breaks twice ends in a whole push (this registry cannot say where it has got to)', async () => {
  await using store = new TestImages()
  await using line = await breakingLine(registry.address)
  await store.make(`${line.address}/broken:1`, { big: randomBytes(24 * 1024 * 1024) })
  const lines = await store.push(`${line.address}/broken:1`)
  expect(lines.some(({ status }) => status?.startsWith('Retrying in'))).toBe(true)
  expect(line.breaks()).toBe(2)
  await store.pull(`${registry.address}/broken:1`)
})

/** A way to the registry that is cut twice after 10 MiB from the client. */
async function breakingLine(address: string) {
  const [host = '', port = ''] = address.split(':')
  let breaks = 0
  const server = createServer((client: Socket) => {
    const upstream = connect(Number(port), host)
    let here = 0
    client.on('data', chunk => {
      here += chunk.length
      if (here > 10 * 1024 * 1024 && breaks < 2) {
        breaks++
        client.resetAndDestroy()
        upstream.end()
      } else if (!upstream.write(chunk)) {
        client.pause()
        upstream.once('drain', () => client.resume())
      }
    })
    client.on('close', () => upstream.end())
    upstream.pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    breaks: () => breaks,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}
