import { describe, expect, test } from 'bun:test'
import { digestOf } from '../../../formats/digest/digest.ts'
import type { Descriptor } from '../../../formats/oci-image/manifest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import { parseReference } from '../../../formats/reference/reference.ts'
import { FakeRegistry, sendBearerChallenge, sendBlob, sendError } from '../testing/fake-registry.ts'
import { parseChallenges } from './challenge.ts'
import { type Credentials, credentialsFor, credentialsFromHeader, registryOf } from './credentials.ts'
import { downloadBlob } from './download.ts'
import { endpointsOf, isInsecure } from './hosts.ts'
import { proxyFor } from './proxy.ts'
import { mayTrustRealm } from './realm.ts'
import { RepositoryClient } from './repository-client.ts'
import { DEFAULT_REGISTRY_SETTINGS, type RegistrySettings } from './settings.ts'
import { Transport } from './transport.ts'

const SETTINGS: RegistrySettings = {
  ...DEFAULT_REGISTRY_SETTINGS,
  retryBaseMs: 1,
  stallMs: 10_000,
  certificateDirectories: [],
}
const never = new AbortController().signal
const ANN: Credentials = { username: 'ann', password: 's3cret' }

function clientOf(registry: FakeRegistry, credentials?: Credentials, change: Partial<RegistrySettings> = {}) {
  const endpoint = { url: `http://${registry.host}`, mirror: false }
  return new RepositoryClient(
    new Transport({ ...SETTINGS, ...change }),
    endpoint,
    parseReference(`${registry.host}/a`),
    credentials,
  )
}
async function read(
  client: RepositoryClient,
  blob: { digest: string; size: number; mediaType: string },
  signal = never,
) {
  const chunks: Uint8Array[] = []
  for await (const chunk of downloadBlob(client, blob as Descriptor, signal)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const random = (size: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(size)))
const INDEX = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] }

describe('manifests', () => {
  test('are read by tag and by digest', async () => {
    await using registry = await FakeRegistry.start()
    const { digest } = registry.addManifest(INDEX, MEDIA_TYPES.ociIndex, 'latest')
    const client = clientOf(registry)
    expect((await client.manifest('latest', never)).digest).toBe(digest)
    expect((await client.manifest(digest, never)).bytes.toString()).toBe(JSON.stringify(INDEX))
  })

  test('are refused when they are not what the pinned digest says', async () => {
    await using registry = await FakeRegistry.start()
    const pinned = digestOf('something else')
    registry.manifests.set(pinned, { bytes: Buffer.from('{}'), type: MEDIA_TYPES.ociIndex })
    await expect(clientOf(registry).manifest(pinned, never)).rejects.toThrow(
      `manifest verification failed for digest ${pinned}`,
    )
  })

  test('are refused when the header names another digest', async () => {
    await using registry = await FakeRegistry.start()
    registry.intruder = (_, response) => {
      response.writeHead(200, { 'docker-content-digest': digestOf('other') }).end('{}')
      return true
    }
    await expect(clientOf(registry).manifest('latest', never)).rejects.toThrow('manifest verification failed')
  })

  test('of more than 4 MiB are not read to their end', async () => {
    await using registry = await FakeRegistry.start()
    registry.intruder = (_, response) => {
      response.writeHead(200).end(Buffer.alloc(4 * 1024 * 1024 + 1, 32))
      return true
    }
    await expect(clientOf(registry).manifest('latest', never)).rejects.toThrow('manifest is larger than the limit')
  })

  test('that are not there are told in the registry’s words, without its control characters', async () => {
    await using registry = await FakeRegistry.start()
    await expect(clientOf(registry).manifest('none', never)).rejects.toMatchObject({
      kind: 'not-found',
      message: 'manifest unknown: manifest unknown',
    })
    registry.intruder = (_, response) => {
      sendError(response, 403, 'DENIED', 'no\u001b[31m')
      return true
    }
    await expect(clientOf(registry).manifest('none', never)).rejects.toMatchObject({
      kind: 'forbidden',
      message: 'denied: no [31m',
    })
  })
})

describe('retries', () => {
  test('429 and 503 are tried again, five times at most', async () => {
    await using registry = await FakeRegistry.start()
    registry.addManifest(INDEX, MEDIA_TYPES.ociIndex, 'latest')
    let failures = 4
    registry.intruder = (_, response) => {
      if (failures-- <= 0) return false
      response.writeHead(failures % 2 ? 429 : 503, failures % 2 ? { 'retry-after': '0' } : {}).end()
      return true
    }
    expect((await clientOf(registry).manifest('latest', never)).bytes.length).toBeGreaterThan(0)
    expect(registry.heard.length).toBe(5)
    failures = 100
    await expect(clientOf(registry).manifest('latest', never)).rejects.toThrow('toomanyrequests')
    await Bun.sleep(0)
  })

  test('a refusal is final', async () => {
    await using registry = await FakeRegistry.start()
    await clientOf(registry)
      .manifest('none', never)
      .catch(() => {})
    expect(registry.heard.length).toBe(1)
  })
})

describe('downloads', () => {
  test('go on where the connection broke, by Range', async () => {
    await using registry = await FakeRegistry.start()
    const content = random(300_000)
    const blob = registry.addBlob(content, MEDIA_TYPES.ociLayer)
    let breaks = 3
    registry.intruder = (_, response, heard) => {
      if (breaks-- <= 0) return false
      const start = Number(heard.range?.slice(6, -1) ?? 0)
      response.writeHead(start ? 206 : 200, {
        'content-length': content.length - start,
        'content-range': `bytes ${start}-299999/300000`,
      })
      response.write(content.subarray(start, start + 70_000), () => setTimeout(() => response.destroy(), 20))
      return true
    }
    expect((await read(clientOf(registry), blob)).equals(content)).toBe(true)
    expect(registry.heard.map(({ range }) => range)).toEqual([
      undefined,
      'bytes=70000-',
      'bytes=140000-',
      'bytes=210000-',
    ])
  })

  test('skip what they have when a registry has no ranges', async () => {
    await using registry = await FakeRegistry.start()
    const content = random(100_000)
    const blob = registry.addBlob(content, MEDIA_TYPES.ociLayer)
    registry.intruder = (_, response, heard) => {
      response.writeHead(200, { 'content-length': content.length })
      if (heard.range) response.end(content)
      else response.write(content.subarray(0, 60_000), () => setTimeout(() => response.destroy(), 20))
      return true
    }
    expect((await read(clientOf(registry), blob)).equals(content)).toBe(true)
  })

  test('end with a fault when they never get on', async () => {
    await using registry = await FakeRegistry.start()
    const blob = registry.addBlob(random(1000), MEDIA_TYPES.ociLayer)
    registry.intruder = (_, response) => {
      response.destroy()
      return true
    }
    await expect(read(clientOf(registry), blob)).rejects.toMatchObject({ kind: 'unavailable' })
  })

  test('a body that stalls is given up, and taken up again', async () => {
    await using registry = await FakeRegistry.start()
    const content = random(50_000)
    const blob = registry.addBlob(content, MEDIA_TYPES.ociLayer)
    let stalls = 1
    registry.intruder = (_, response) => {
      if (stalls-- <= 0) return false
      response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 10))
      return true
    }
    expect((await read(clientOf(registry, undefined, { stallMs: 300 }), blob)).equals(content)).toBe(true)
    expect(registry.heard[1]?.range).toBe('bytes=10-')
  })

  test('content that does not match its digest is refused, and so is more than was announced', async () => {
    await using registry = await FakeRegistry.start()
    const blob = registry.addBlob('right', MEDIA_TYPES.ociLayer)
    registry.blobs.set(blob.digest, Buffer.from('wrong'))
    await expect(read(clientOf(registry), blob)).rejects.toThrow(`verification failed for digest ${blob.digest}`)
    registry.blobs.set(blob.digest, Buffer.from('rightright'))
    await expect(read(clientOf(registry), blob)).rejects.toThrow('does not have the 5 bytes of its descriptor')
  })

  test('end when the client goes', async () => {
    await using registry = await FakeRegistry.start()
    const blob = registry.addBlob(random(1000), MEDIA_TYPES.ociLayer)
    registry.intruder = () => true
    const controller = new AbortController()
    const reading = read(clientOf(registry, undefined, { stallMs: 60_000 }), blob, controller.signal)
    while (registry.heard.length === 0) await Bun.sleep(1)
    controller.abort()
    await expect(reading).rejects.toMatchObject({ kind: 'cancelled' })
  })
})

describe('credentials', () => {
  const SHOWN = `Basic ${Buffer.from('ann:s3cret').toString('base64')}`

  test('go to the registry when it asks for Basic, and not before', async () => {
    await using registry = await FakeRegistry.start()
    registry.addManifest(INDEX, MEDIA_TYPES.ociIndex, 'latest')
    registry.intruder = (request, response) => {
      if (request.headers.authorization === SHOWN) return false
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return true
    }
    await clientOf(registry, ANN).manifest('latest', never)
    expect(registry.heard.map(({ authorization }) => authorization)).toEqual([undefined, SHOWN])
    await expect(clientOf(registry).manifest('latest', never)).rejects.toThrow('no basic auth credentials')
    await expect(clientOf(registry, { username: 'ann', password: 'no' }).manifest('latest', never)).rejects.toThrow(
      'unauthorized',
    )
  })

  test('buy a token at the realm, shared by the requests that need it', async () => {
    await using registry = await FakeRegistry.start()
    registry.addManifest(INDEX, MEDIA_TYPES.ociIndex, 'latest')
    registry.intruder = (request, response, heard) => {
      if (heard.url.startsWith('/token')) response.end(JSON.stringify({ token: 'T0K', expires_in: 300 }))
      else if (request.headers.authorization === 'Bearer T0K') return false
      else sendBearerChallenge(response, `http://${registry.host}/token`)
      return true
    }
    const client = clientOf(registry, ANN)
    await client.ping(never)
    await Promise.all([client.manifest('latest', never), client.manifest('latest', never)])
    const asked = registry.heard.filter(({ url }) => url.startsWith('/token'))
    expect(asked).toMatchObject([{ method: 'GET', authorization: SHOWN }])
    expect(asked[0]?.url).toContain('service=test&scope=repository%3Aa%3Apull&account=ann')
  })

  test('of the kind of an identity token go by POST', async () => {
    await using registry = await FakeRegistry.start()
    registry.addManifest(INDEX, MEDIA_TYPES.ociIndex, 'latest')
    registry.intruder = (request, response, heard) => {
      if (heard.url === '/token') response.end(JSON.stringify({ access_token: 'T0K' }))
      else if (request.headers.authorization === 'Bearer T0K') return false
      else sendBearerChallenge(response, `http://${registry.host}/token`)
      return true
    }
    await clientOf(registry, { username: '<token>', identityToken: 'R3FRESH' }).manifest('latest', never)
    const asked = registry.heard.find(({ url }) => url === '/token')
    expect(asked).toMatchObject({ method: 'POST', authorization: undefined })
    expect(asked?.body).toContain('grant_type=refresh_token&refresh_token=R3FRESH')
  })

  test('are not sent to a realm of another site', async () => {
    await using registry = await FakeRegistry.start()
    registry.intruder = (_, response) => {
      sendBearerChallenge(response, 'https://evil.example/token')
      return true
    }
    await expect(clientOf(registry, ANN).manifest('latest', never)).rejects.toMatchObject({ code: 'REGISTRY_REALM' })
  })

  test('do not follow a redirect', async () => {
    await using registry = await FakeRegistry.start()
    await using other = await FakeRegistry.start()
    const content = random(1000)
    const blob = registry.addBlob(content, MEDIA_TYPES.ociLayer)
    other.intruder = (_, response, heard) => {
      sendBlob(content, heard.range, response)
      return true
    }
    registry.intruder = (request, response) => {
      if (!request.headers.authorization) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      else response.writeHead(307, { location: `http://${other.host}/signed?key=1` }).end()
      return true
    }
    expect((await read(clientOf(registry, ANN), blob)).equals(content)).toBe(true)
    expect(other.heard).toMatchObject([{ url: '/signed?key=1', authorization: undefined }])
  })

  test('are not sent to a mirror', async () => {
    await using registry = await FakeRegistry.start()
    registry.intruder = (_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return true
    }
    const endpoint = { url: `http://${registry.host}`, mirror: true }
    const client = new RepositoryClient(new Transport(SETTINGS), endpoint, parseReference('a'), ANN)
    await client.manifest('latest', never).catch(() => {})
    expect(registry.heard.every(({ authorization }) => authorization === undefined)).toBe(true)
  })

  test('a registry that always says 401 is asked twice, not for ever', async () => {
    await using registry = await FakeRegistry.start()
    registry.intruder = (_, response, heard) => {
      if (heard.url.startsWith('/token')) response.end(JSON.stringify({ token: 'T0K' }))
      else sendBearerChallenge(response, `http://${registry.host}/token`)
      return true
    }
    await clientOf(registry, ANN)
      .manifest('latest', never)
      .catch(() => {})
    expect(registry.heard.length).toBe(3)
  })

  test('a redirect chain ends, and one to a file or an unencrypted host is refused', async () => {
    await using registry = await FakeRegistry.start()
    registry.intruder = (_, response) => {
      response.writeHead(302, { location: '/again' }).end()
      return true
    }
    await expect(clientOf(registry).manifest('latest', never)).rejects.toThrow('too many redirects')
    registry.intruder = (_, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' }).end()
      return true
    }
    await expect(clientOf(registry).manifest('latest', never)).rejects.toThrow('not http')
  })
})

describe('what a client sends as credentials', () => {
  const header = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  test('is read in its forms', () => {
    expect(credentialsFromHeader(header({ username: 'a', password: 'b' }))).toEqual({ username: 'a', password: 'b' })
    expect(credentialsFromHeader(header({ auth: btoa('a:b:c') }))).toEqual({ username: 'a', password: 'b:c' })
    expect(credentialsFromHeader(header({ identitytoken: 'r' }))).toEqual({ identityToken: 'r' })
    for (const none of [undefined, '', '!!', header({}), header([1]), header({ username: 1 }), header(null)]) {
      expect(credentialsFromHeader(none)).toBeUndefined()
    }
  })

  test('is for the registry that it names', () => {
    const at = (serverAddress: string) => ({ ...ANN, serverAddress })
    expect(credentialsFor('docker.io', at('https://index.docker.io/v1/'))).toBeDefined()
    expect(credentialsFor('h:5000', at('http://h:5000/v2/'))).toBeDefined()
    expect(credentialsFor('docker.io', at('registry.example.com'))).toBeUndefined()
    expect(credentialsFor('evil.example', at('https://index.docker.io/v1/'))).toBeUndefined()
    expect(() => registryOf('https://[bad')).toThrow('invalid registry address')
  })
})

test('WWW-Authenticate is read with quotes, escapes and several schemes', () => {
  expect(parseChallenges('Bearer realm="https://a/t",service="s",scope="repository:a:pull,push"')).toEqual([
    { scheme: 'bearer', realm: 'https://a/t', service: 's', scope: 'repository:a:pull,push' },
  ])
  expect(parseChallenges('Basic realm="a\\"b", Bearer realm=x').map(({ scheme, realm }) => [scheme, realm])).toEqual([
    ['bearer', 'x'],
    ['basic', 'a"b'],
  ])
  expect(parseChallenges('Basic')).toMatchObject([{ scheme: 'basic' }])
  expect(parseChallenges('Negotiate abc')).toEqual([])
  expect(parseChallenges(`Bearer ${'a='.repeat(100_000)}`)).toEqual([])
})

test('a realm is trusted within the site of its registry', () => {
  const may = (registry: string, realm: string, trusted: string[] = []) =>
    mayTrustRealm(new URL(registry), new URL(registry).host, new URL(realm), trusted)
  expect(may('https://registry.example.com', 'https://auth.example.com/t')).toBe(true)
  expect(may('https://registry.example.com', 'https://registry.example.com/t')).toBe(true)
  expect(may('http://127.0.0.1:5000', 'http://127.0.0.1:5001/t')).toBe(true)
  expect(may('https://a.victim.co.uk', 'https://b.evil.co.uk/t')).toBe(false)
  expect(may('https://registry.example.com', 'https://example.com.evil.net/t')).toBe(false)
  expect(may('https://registry.example.com', 'http://registry.example.com/t')).toBe(false)
  expect(may('https://10.0.0.1', 'https://10.0.0.2/t')).toBe(false)
  expect(may('https://registry.example.com', 'https://login.other.net/t', ['login.other.net'])).toBe(true)
  expect(
    mayTrustRealm(new URL('https://registry-1.docker.io'), 'docker.io', new URL('https://auth.docker.io/token')),
  ).toBe(true)
})

test('http is for loopback and listed hosts; mirrors are for Docker Hub', async () => {
  const settings = {
    ...SETTINGS,
    insecureRegistries: ['reg.local:5000', '10.1.0.0/16'],
    mirrors: ['https://mirror.example/'],
  }
  const urls = async (domain: string) => (await endpointsOf(domain, settings)).map(({ url }) => url)
  expect(await urls('docker.io')).toEqual(['https://mirror.example', 'https://registry-1.docker.io'])
  expect(await urls('quay.io')).toEqual(['https://quay.io'])
  expect(await urls('localhost:5000')).toEqual(['https://localhost:5000', 'http://localhost:5000'])
  for (const host of ['127.8.9.1', '[::1]:80', 'reg.local:5000', '10.1.2.3:5000']) {
    expect([host, await isInsecure(host, settings)]).toEqual([host, true])
  }
  for (const host of ['reg.local', '10.2.0.1', '[::2]', '128.0.0.1', '127.0.0.1.evil.invalid']) {
    expect([host, await isInsecure(host, settings)]).toEqual([host, false])
  }
})

test('proxies are chosen as Go chooses them', () => {
  const proxies = { http: 'proxy:3128', https: 'http://secure:3129', none: '.corp, 10.0.0.0/8, plain.org:8080' }
  const of = (url: string) => proxyFor(new URL(url), proxies)
  expect(of('http://a.org/')).toBe('http://proxy:3128')
  expect(of('https://a.org/')).toBe('http://secure:3129')
  for (const url of [
    'http://127.0.0.1:5000/',
    'http://localhost/',
    'https://x.corp/',
    'http://10.1.1.1/',
    'http://plain.org:8080/',
  ]) {
    expect(of(url)).toBeUndefined()
  }
  expect(of('http://plain.org/')).toBe('http://proxy:3128')
})
