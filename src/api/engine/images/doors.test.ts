import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { FakeRegistry, sendError } from '../../../engine/images/testing/fake-registry.ts'
import { TestImages, tarOf } from '../../../engine/images/testing/test-images.ts'
import { createApi } from '../../http/server.ts'
import { systemAuth } from '../system/auth.ts'
import { imageOperations } from './operations.ts'

const ROOT = tarOf({ 'bin/sh': 'x'.repeat(1000) })
let store: TestImages
let registry: FakeRegistry
let server: Server
let base: string
beforeAll(async () => {
  store = new TestImages()
  registry = await FakeRegistry.start()
  const operations = [...imageOperations({ images: store.images }), systemAuth(store.images)]
  server = createApi(operations, {}).createServer({ kind: 'unix' })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await registry[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

type Sent = { status: number; text: string; json: unknown; lines: Record<string, unknown>[] }
async function send(method: string, path: string, init: RequestInit = {}): Promise<Sent> {
  const response = await fetch(base + path, { method, ...init })
  const text = await response.text()
  const lines = text.split('\r\n').filter(line => line.startsWith('{'))
  return {
    status: response.status,
    text,
    get json() {
      return text === '' ? undefined : JSON.parse(text)
    },
    lines: lines.map(line => JSON.parse(line)),
  }
}
const importAs = (repo: string, more = '') =>
  send('POST', `/images/create?fromSrc=-&repo=${repo}${more}`, { body: ROOT })

describe('ImageCreate', () => {
  test('pulls with a stream of lines', async () => {
    registry.addImage([ROOT], '1')
    const { status, lines } = await send('POST', `/images/create?fromImage=${registry.host}/a&tag=1`)
    expect(status).toBe(200)
    expect(lines[0]).toEqual({ status: 'Pulling from a', id: '1' })
    expect(lines.at(-1)).toEqual({ status: `Status: Downloaded newer image for ${registry.host}/a:1` })
  })

  test('answers what fails at once with a status, what fails later in the stream', async () => {
    const missing = await send('POST', `/images/create?fromImage=${registry.host}/a&tag=none`)
    expect([missing.status, missing.json]).toEqual([
      404,
      { message: `manifest for ${registry.host}/a:none not found: manifest unknown: manifest unknown` },
    ])
    const { manifest } = registry.addImage([tarOf({ late: 'x' })], 'late')
    registry.blobs.set(manifest.layers[0]!.digest, Buffer.alloc(manifest.layers[0]!.size))
    const late = await send('POST', `/images/create?fromImage=${registry.host}/a&tag=late`)
    expect(late.status).toBe(200)
    expect(late.lines.at(-1)).toMatchObject({ errorDetail: { message: expect.any(String) }, error: expect.any(String) })
  })

  test('shows X-Registry-Auth to the registry, and ignores one that cannot be read', async () => {
    const secret = `Basic ${btoa('ann:s3cret')}`
    registry.intruder = (request, response) => {
      if (request.headers.authorization === secret) return false
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return true
    }
    const path = `/images/create?fromImage=${registry.host}/a&tag=1`
    const header = Buffer.from(JSON.stringify({ username: 'ann', password: 's3cret' })).toString('base64url')
    expect((await send('POST', path, { headers: { 'X-Registry-Auth': header } })).status).toBe(200)
    const refused = await send('POST', path, { headers: { 'X-Registry-Auth': '!!' } })
    expect(refused.text).toContain('no basic auth credentials')
    registry.intruder = () => false
  })

  test('tells of an access that is denied as Docker does', async () => {
    registry.intruder = (_, response, { url }) => {
      if (!url.includes('/manifests/')) return false
      sendError(response, 403, 'DENIED', 'requested access to the resource is denied')
      return true
    }
    const { status, json } = await send('POST', `/images/create?fromImage=${registry.host}/private&tag=1`)
    registry.intruder = () => false
    expect([status, json]).toEqual([
      404,
      {
        message: `pull access denied for ${registry.host}/private, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
      },
    ])
  })

  test('imports a body, and its last line is the id', async () => {
    const { status, lines } = await importAs(
      'made',
      '&tag=2&message=hi&changes=CMD%20x&changes=ENV%20A%3D1&platform=linux/arm64',
    )
    expect(status).toBe(200)
    const inspected = (await send('GET', '/images/made:2/json')).json as Record<string, unknown>
    expect(lines).toEqual([{ status: inspected.Id }])
    expect(inspected).toMatchObject({ Comment: 'hi', Architecture: 'arm64', Config: { Env: ['A=1'] } })
  })

  test.each([
    ['', 'one of fromImage and fromSrc is required'],
    ['?fromImage=UP', 'invalid reference format: repository name (library/UP) must be lowercase'],
    ['?fromImage=a&tag=/x', 'invalid tag format'],
    ['?fromImage=a&platform=foo', '"foo": unknown operating system or architecture: invalid argument'],
    ['?fromSrc=-&repo=UP', 'must be lowercase'],
    ['?fromSrc=-&changes=FOO%20x', 'FOO is not a valid change command'],
    [`?fromSrc=-&repo=a@sha256:${'a'.repeat(64)}`, 'cannot import digest reference'],
  ])('refuses %s', async (query, message) => {
    const { status, json } = await send('POST', `/images/create${query}`, { body: ROOT })
    expect([status, json]).toEqual([400, { message: expect.stringContaining(message) }])
  })
})

describe('an image', () => {
  test('is shown as each API version knows it', async () => {
    await importAs('shown')
    const at = async (version: string) =>
      (await send('GET', `/v${version}/images/shown/json`)).json as Record<string, unknown>
    const [old, middle, docker, newer] = [await at('1.40'), await at('1.44'), await at('1.45'), await at('1.50')]
    expect(Object.keys(old)).toContain('VirtualSize')
    expect(Object.keys(middle)).not.toContain('VirtualSize')
    expect(Object.keys(middle)).toContain('ContainerConfig')
    expect(Object.keys(docker)).toEqual([
      'Id',
      'RepoTags',
      'RepoDigests',
      'Parent',
      'Comment',
      'Created',
      'DockerVersion',
      'Author',
      'Config',
      'Architecture',
      'Os',
      'Size',
      'GraphDriver',
      'RootFS',
      'Metadata',
    ])
    expect(docker.Config).toHaveProperty('Hostname')
    expect(newer.Config).not.toHaveProperty('Hostname')
  })

  test('without a name has one in the lists of old versions', async () => {
    await importAs('')
    const of = async (version: string) =>
      (
        (await send('GET', `/v${version}/images/json?filters={"dangling":["true"]}`)).json as { RepoTags: string[] }[]
      )[0]?.RepoTags
    expect([await of('1.42'), await of('1.43')]).toEqual([['<none>:<none>'], []])
  })

  test('is tagged, told of, saved, removed and loaded', async () => {
    await importAs('round')
    expect((await send('POST', '/images/round/tag?repo=h.example/x/y&tag=3')).status).toBe(201)
    expect((await send('GET', '/images/h.example/x/y:3/history')).json).toMatchObject([
      { Comment: 'Imported from -', Tags: ['round:latest', 'h.example/x/y:3'] },
    ])
    const saved = await fetch(`${base}/images/get?names=round&names=h.example/x/y:3`)
    expect(saved.headers.get('content-type')).toBe('application/x-tar')
    const archive = Buffer.from(await saved.arrayBuffer())
    for (const name of ['round', 'h.example/x/y:3']) expect((await send('DELETE', `/images/${name}`)).status).toBe(200)
    const { status, lines } = await send('POST', '/images/load?quiet=1', { body: gzipSync(archive) })
    expect([status, lines]).toEqual([
      200,
      [{ stream: 'Loaded image: round:latest\n' }, { stream: 'Loaded image: h.example/x/y:3\n' }],
    ])
  })

  test.each([
    ['GET', '/images/none/json', 404, 'No such image: none:latest'],
    ['GET', '/images/none/history', 404, 'No such image: none:latest'],
    ['DELETE', '/images/none', 404, 'No such image: none:latest'],
    ['GET', '/images/none/get', 404, 'No such image: none'],
    ['GET', '/images/get?names=none:x', 404, 'reference does not exist'],
    ['POST', '/images/none/tag?repo=a', 404, 'No such image: none:latest'],
    ['GET', '/images/UP/json', 400, 'invalid reference format: repository name (library/UP) must be lowercase'],
    ['GET', '/images/a%20b/json', 400, 'invalid reference format'],
    ['GET', '/images/json?filters={"foo":["x"]}', 400, "invalid filter 'foo'"],
    ['GET', '/images/json?filters={"dangling":["x"]}', 400, "invalid filter 'dangling=[x]'"],
    ['GET', '/images/none/json?platform=linux', 400, 'invalid platform: not the JSON of an OCI platform'],
  ])('%s %s: %d', async (method, path, status, message) => {
    const sent = await send(method, path)
    expect([sent.status, sent.json]).toEqual([status, { message }])
  })

  test('that cannot be loaded is an error and no image', async () => {
    const { status, text } = await send('POST', '/images/load', { body: Buffer.from('no archive'.repeat(200)) })
    expect(status).toBe(400)
    expect(text).toContain('message')
  })
})

describe('SystemAuth', () => {
  const login = (body: unknown) =>
    send('POST', '/auth', { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

  test('asks the registry', async () => {
    registry.intruder = (request, response) => {
      if (request.headers.authorization === `Basic ${btoa('ann:s3cret')}`) return false
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return true
    }
    const good = await login({ username: 'ann', password: 's3cret', serveraddress: registry.host })
    const bad = await login({ username: 'ann', password: 'wrong', serveraddress: `http://${registry.host}/v1/` })
    registry.intruder = () => false
    expect([good.status, good.json]).toEqual([200, { Status: 'Login Succeeded', IdentityToken: '' }])
    expect(bad.status).toBe(401)
    expect(bad.text).toContain('failed with status: 401 Unauthorized')
    expect(bad.text).not.toContain('wrong')
  })

  test('does not take an address that it cannot read for Docker Hub', async () => {
    const { status, text } = await login({ username: 'ann', password: 's3cret', serveraddress: 'https://[bad' })
    expect(status).toBe(400)
    expect(text).toContain('invalid registry address')
    expect((await login({ username: 1 })).status).toBe(400)
  })
})
