import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeRegistry } from '../../src/engine/images/testing/fake-registry.ts'
import { collected, TestImages, tarOf } from '../../src/engine/images/testing/test-images.ts'
import { parseReference } from '../../src/formats/reference/reference.ts'
import { type TestRegistry, type TestRegistryOptions, testRegistry } from '../kit/registry.ts'
import { must } from '../kit/run.ts'

/** The registry client against Debian's docker-registry, which nobody here wrote, with images pushed by skopeo. */
const never = new AbortController().signal
const USER = { name: 'ann', password: 's3cret' }
let scratch: string
let archive: string
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'berth-registry-client-'))
  archive = join(scratch, 'image.tar')
  await using store = new TestImages()
  const source = (async function* () {
    yield tarOf({ 'bin/busybox': crypto.getRandomValues(new Uint8Array(700_000)) })
  })()
  await store.images.import({ source, changes: ['CMD ["x"]'], reference: parseReference('made:1') }, () => {}, never)
  writeFileSync(archive, await collected(store.images.save(['made:1'])))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function registryWith(options: TestRegistryOptions, ...flags: string[]): Promise<TestRegistry> {
  const registry = await testRegistry(options)
  const login = options.user ? ['--dest-creds', `${options.user.name}:${options.user.password}`] : []
  const to = `docker://${registry.address}/team/app:1`
  await must([
    'skopeo',
    '--insecure-policy',
    'copy',
    '-q',
    '--dest-tls-verify=false',
    ...login,
    ...flags,
    `docker-archive:${archive}`,
    to,
  ])
  return registry
}

test.each([
  ['schema 2', ['--format', 'v2s2']],
  ['OCI', ['--format', 'oci']],
  ['OCI with zstd', ['--format', 'oci', '--dest-compress-format', 'zstd']],
])('%s is pulled, and pulled again by its digest', async (_, flags) => {
  await using registry = await registryWith({}, ...flags)
  await using store = new TestImages()
  const lines = await store.pull(`${registry.address}/team/app:1`)
  const digest = lines.find(({ status }) => status?.startsWith('Digest: '))?.status?.slice(8)
  const printed = await must([
    'skopeo',
    'inspect',
    '--tls-verify=false',
    '--raw',
    `docker://${registry.address}/team/app:1`,
  ])
  expect(digest).toBe(`sha256:${new Bun.CryptoHasher('sha256').update(printed).digest('hex')}`)
  await using other = new TestImages()
  await other.pull(`${registry.address}/team/app@${digest}`)
  expect(other.images.list()[0]?.Id).toBe(store.images.list()[0]!.Id)
})

test('a password is asked for, and only the right one opens', async () => {
  await using registry = await registryWith({ user: USER })
  await using store = new TestImages()
  const name = `${registry.address}/team/app:1`
  await expect(store.pull(name)).rejects.toThrow('no basic auth credentials')
  const wrong = { username: USER.name, password: 'wrong' }
  await expect(store.pull(name, { credentials: wrong })).rejects.toThrow('unauthorized: authentication required')
  const right = { username: USER.name, password: USER.password }
  const elsewhere = { ...right, serverAddress: 'https://index.docker.io/v1/' }
  await expect(store.pull(name, { credentials: elsewhere })).rejects.toThrow('no basic auth credentials')
  await store.pull(name, { credentials: right })
  const at = { serverAddress: registry.address }
  await expect(store.images.login({ ...wrong, ...at }, never)).rejects.toMatchObject({ kind: 'unauthorized' })
  expect(await store.images.login({ ...right, ...at }, never)).toEqual({ identityToken: '' })
})

describe('TLS of a host that is not loopback', () => {
  const address = Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  const root = tarOf({ file: 'content' })

  async function certificate(name: string): Promise<{ key: string; cert: string }> {
    const [key, cert] = [join(scratch, `${name}.key`), join(scratch, `${name}.crt`)]
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=IP:${address}`]
    const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
    await must(['openssl', ...kind, ...subject, '-keyout', key, '-out', cert])
    return { key, cert }
  }

  function trusting(store: TestImages, host: string, files: Record<string, string>): void {
    const directory = join(store.directory, 'certs.d', host)
    mkdirSync(directory, { recursive: true })
    for (const [name, from] of Object.entries(files)) copyFileSync(from, join(directory, name))
    store.settings = { ...store.settings, certificateDirectories: [join(store.directory, 'certs.d')] }
  }

  test.skipIf(!address)('is refused unless an authority of the machine or of certs.d vouches for it', async () => {
    const own = await certificate('own')
    const tls = { key: readFileSync(own.key), cert: readFileSync(own.cert) }
    await using registry = await FakeRegistry.start({ address, tls })
    await using store = new TestImages()
    registry.addImage([root], '1')
    await expect(store.pull(`${registry.host}/a:1`)).rejects.toThrow('tls: failed to verify certificate')
    expect(registry.heard).toEqual([])
    trusting(store, registry.host, { 'ca.crt': own.cert })
    await store.pull(`${registry.host}/a:1`)
    await using careless = new TestImages()
    careless.settings = { ...careless.settings, insecureRegistries: [registry.host] }
    await careless.pull(`${registry.host}/a:1`)
  })

  test.skipIf(!address)('shows the client certificate of that host', async () => {
    const [own, client] = [await certificate('server'), await certificate('client')]
    const ca = readFileSync(client.cert)
    const demands = { requestCert: true, rejectUnauthorized: true, ca }
    const tls = { key: readFileSync(own.key), cert: readFileSync(own.cert), ...demands }
    await using registry = await FakeRegistry.start({ address, tls })
    await using store = new TestImages()
    registry.addImage([root], '1')
    trusting(store, registry.host, { 'ca.crt': own.cert })
    await expect(store.pull(`${registry.host}/a:1`)).rejects.toMatchObject({ kind: 'unavailable' })
    trusting(store, registry.host, { 'client.cert': client.cert, 'client.key': client.key })
    await store.pull(`${registry.host}/a:1`)
  })

  test.skipIf(!address)('is never given up for http, and nothing is said in the open', async () => {
    await using registry = await FakeRegistry.start({ address })
    await using store = new TestImages()
    registry.addImage([root], '1')
    await expect(store.pull(`${registry.host}/a:1`)).rejects.toMatchObject({ kind: 'unavailable' })
    expect(registry.heard).toEqual([])
  })
})
