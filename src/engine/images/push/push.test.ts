import { describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { digestOf } from '../../../formats/digest/digest.ts'
import { parseReference } from '../../../formats/reference/reference.ts'
import { FakeRegistry, sendError } from '../testing/fake-registry.ts'
import { TestImages, tarOf } from '../testing/test-images.ts'

const FILES = { file: 'content' }
const blobsOf = (registry: FakeRegistry, method: string) =>
  registry.heard.filter(heard => heard.method === method && heard.url.includes('/blobs/'))

async function scene() {
  const registry = await FakeRegistry.start()
  const store = new TestImages()
  await store.make(`${registry.host}/a:1`, FILES, { other: 'layer' })
  return {
    registry,
    store,
    name: `${registry.host}/a:1`,
    [Symbol.asyncDispose]: async () => {
      await registry[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

describe('push', () => {
  test("sends layers and config, then the manifest, and tells of it in Docker's lines", async () => {
    await using at = await scene()
    const lines = await at.store.push(at.name)
    const manifest = at.registry.manifests.get('1')!
    const digest = digestOf(manifest.bytes)
    expect(lines[0]).toEqual({ status: `The push refers to repository [${at.registry.host}/a]` })
    expect(lines.filter(({ status }) => status === 'Preparing')).toHaveLength(2)
    expect(lines.filter(({ status }) => status === 'Pushed')).toHaveLength(2)
    expect(lines.slice(-2)).toEqual([
      { status: `1: digest: ${digest} size: ${manifest.bytes.length}` },
      { progressDetail: {}, aux: { Tag: '1', Digest: digest, Size: manifest.bytes.length } },
    ])
    const document = JSON.parse(manifest.bytes.toString())
    for (const { digest } of [document.config, ...document.layers]) expect(at.registry.blobs.has(digest)).toBe(true)
    expect(at.store.images.list()[0]!.RepoDigests).toEqual([`${at.registry.host}/a@${digest}`])
    expect(at.store.events.at(-1)).toBe(`push ${at.registry.host}/a:1 ${at.registry.host}/a`)
  })

  test('sends nothing that is there already, and gives the same digest', async () => {
    await using at = await scene()
    const first = await at.store.push(at.name)
    at.registry.heard.length = 0
    const second = await at.store.push(at.name)
    expect(second.filter(({ status }) => status === 'Layer already exists')).toHaveLength(2)
    expect([...blobsOf(at.registry, 'PATCH'), ...blobsOf(at.registry, 'POST')]).toEqual([])
    expect(second.at(-1)).toEqual(first.at(-1)!)
  })

  test('without a tag all tags go, each in its turn', async () => {
    await using at = await scene()
    at.store.images.tag(at.name, parseReference(`${at.registry.host}/a:2`))
    const lines = await at.store.push(`${at.registry.host}/a`)
    expect(lines.flatMap(({ aux }) => (aux as { Tag: string } | undefined)?.Tag ?? [])).toEqual(['1', '2'])
  })

  test('a layer of another repository there is mounted', async () => {
    await using at = await scene()
    await at.store.push(at.name)
    at.store.images.tag(at.name, parseReference(`${at.registry.host}/b:1`))
    at.registry.intruder = (_, response, { method, url }) => {
      if (method !== 'HEAD' || !url.startsWith('/v2/b/')) return false
      response.writeHead(404).end()
      return true
    }
    const lines = await at.store.push(`${at.registry.host}/b:1`)
    expect(lines.filter(({ status }) => status === 'Mounted from a')).toHaveLength(2)
    expect(at.registry.heard.some(({ url }) => url.includes('mount=sha256') && url.endsWith('from=a'))).toBe(true)
  })

  test('a pulled image goes out as it came, byte for byte', async () => {
    await using from = await FakeRegistry.start()
    await using at = await scene()
    const { digest } = from.addImage([tarOf({ plain: 'uncompressed' })], '1')
    await at.store.pull(`${from.host}/x:1`)
    at.store.images.tag(`${from.host}/x:1`, parseReference(`${at.registry.host}/x:1`))
    await at.store.push(`${at.registry.host}/x:1`)
    expect(at.registry.manifests.has(digest)).toBe(true)
    expect(at.registry.manifests.get('1')).toEqual(from.manifests.get('1')!)
  })

  test.each([
    ['x:nope', 'tag does not exist'],
    ['y', 'An image does not exist locally with the tag'],
  ])('%s: %s', async (name, text) => {
    await using at = await scene()
    at.store.images.tag(at.name, parseReference(`${at.registry.host}/x:1`))
    await expect(at.store.push(`${at.registry.host}/${name}`)).rejects.toThrow(text)
    expect(at.registry.heard).toEqual([])
  })

  test('an image of another platform than the one asked for is refused', async () => {
    await using at = await scene()
    const pushed = at.store.push(at.name, { platform: { os: 'linux', architecture: 'riscv64' } })
    await expect(pushed).rejects.toThrow('does not match the specified platform')
  })

  test('a busy registry is asked again; the wait is told', async () => {
    await using at = await scene()
    let refusals = 2
    at.registry.intruder = (_, response, { method }) => {
      if (method !== 'PATCH' || refusals-- <= 0) return false
      response.writeHead(503, { 'retry-after': '0' }).end()
      return true
    }
    const lines = await at.store.push(at.name)
    expect(lines.some(({ status }) => status?.startsWith('Retrying in'))).toBe(true)
    expect(at.registry.manifests.has('1')).toBe(true)
  })

  test('an upload that breaks is taken up where the registry has got to', async () => {
    await using at = await scene()
    await at.store.make(at.name, { big: randomBytes(6_000_000) })
    let kept = 0
    at.registry.intruder = (request, _, { method, url }, body) => {
      if (method !== 'PATCH' || kept > 0 || body.length < 4_000_000) return false
      kept = 4_000_000
      at.registry.uploads.set(url.split('/').at(-1)!, [body.subarray(0, kept)])
      request.socket.destroy()
      return true
    }
    await at.store.push(at.name)
    const [whole, rest] = at.registry.heard.filter(({ method }) => method === 'PATCH')
    expect(Number(rest!.length)).toBe(Number(whole!.length) - kept)
    expect(at.registry.manifests.has('1')).toBe(true)
  })

  test('an upload that the registry has forgotten is begun anew', async () => {
    await using at = await scene()
    let forgotten = false
    at.registry.intruder = (_, response, { method }) => {
      if (method !== 'PATCH' || forgotten) return false
      forgotten = true
      sendError(response, 404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
      return true
    }
    await at.store.push(at.name)
    expect(at.registry.manifests.has('1')).toBe(true)
  })

  test('a layer that is refused ends the push, and no manifest is sent', async () => {
    await using at = await scene()
    at.registry.intruder = (_, response, { method }) => {
      if (method === 'POST') sendError(response, 403, 'DENIED', 'requested access to the resource is denied')
      return method === 'POST'
    }
    await expect(at.store.push(at.name)).rejects.toThrow('denied: requested access to the resource is denied')
    expect(at.registry.manifests.size).toBe(0)
  })

  test('a client that goes away ends it', async () => {
    await using at = await scene()
    const gone = new AbortController()
    at.registry.intruder = (_, __, { method }) => {
      if (method === 'PATCH') gone.abort()
      return method === 'PATCH'
    }
    await expect(at.store.push(at.name, { signal: gone.signal })).rejects.toMatchObject({ kind: 'cancelled' })
  })

  test('a registry that hangs holds up no other', async () => {
    await using dead = await scene()
    await using at = await scene()
    dead.registry.intruder = (_, __, { method }) => method === 'PATCH'
    at.store.images.tag(at.name, parseReference(`${dead.registry.host}/a:1`))
    const gone = new AbortController()
    const hung = at.store.push(`${dead.registry.host}/a:1`, { signal: gone.signal })
    await at.store.push(at.name)
    gone.abort()
    await expect(hung).rejects.toMatchObject({ kind: 'cancelled' })
  })
})

describe('a registry that lies', () => {
  const CREDENTIALS = { username: 'ann', password: 's3cret' }

  test('is not followed to another host with the password', async () => {
    await using thief = await FakeRegistry.start()
    await using at = await scene()
    at.registry.intruder = (_, response, { method, authorization }) => {
      if (!authorization) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      else if (method === 'POST')
        response.writeHead(202, { location: `http://${thief.host}/v2/a/blobs/uploads/7` }).end()
      else return false
      return true
    }
    await at.store.push(at.name, { credentials: CREDENTIALS }).catch(() => undefined)
    expect(thief.heard.length).toBeGreaterThan(0)
    expect(thief.heard.every(({ authorization }) => authorization === undefined)).toBe(true)
  })

  test.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'unix:///run/x'])(
    'names %s as the place of an upload',
    async place => {
      await using at = await scene()
      at.registry.intruder = (_, response, { method }) => {
        if (method === 'POST') response.writeHead(202, { location: place }).end()
        return method === 'POST'
      }
      await expect(at.store.push(at.name)).rejects.toThrow('redirect')
    },
  )

  test('names another digest for what it has stored', async () => {
    await using at = await scene()
    at.registry.intruder = (_, response, { method, url }) => {
      if (method !== 'PUT' || !url.includes('/manifests/')) return false
      response.writeHead(201, { 'docker-content-digest': `sha256:${'a'.repeat(64)}` }).end()
      return true
    }
    await expect(at.store.push(at.name)).rejects.toThrow('manifest verification failed')
  })

  test('answers without an end, and is cut off', async () => {
    await using at = await scene()
    at.registry.intruder = (_, response, { method }) => {
      if (method !== 'POST') return false
      response.writeHead(400)
      const writing = setInterval(() => response.write('x'.repeat(65536)), 1)
      response.on('close', () => clearInterval(writing))
      return true
    }
    await expect(at.store.push(at.name)).rejects.toThrow('received unexpected HTTP status: 400')
  })
})
