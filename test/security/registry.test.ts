import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeRegistry, sendBearerChallenge } from '../../src/engine/images/testing/fake-registry.ts'
import { MEDIA_TYPES } from '../../src/formats/oci-image/media-types.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { archiveOf, lives, send } from '../kit/hostile.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let registry: FakeRegistry
let evil: FakeRegistry
beforeAll(async () => {
  ;[daemon, registry, evil] = await Promise.all([
    testDaemon({ image: false, flags: ['--debug'] }),
    FakeRegistry.start(),
    FakeRegistry.start({ address: '127.0.0.2' }),
  ])
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  for (const each of [registry, evil]) await each[Symbol.asyncDispose]()
})

const PASSWORD = 's3cret-of-ann'
const SHOWN = `Basic ${btoa(`ann:${PASSWORD}`)}`
const auth = (serveraddress: string) => ({
  'X-Registry-Auth': Buffer.from(JSON.stringify({ username: 'ann', password: PASSWORD, serveraddress })).toString(
    'base64url',
  ),
})
const pull = (tag: string, headers: Record<string, string> = auth(registry.host)) => {
  for (const each of [registry, evil]) each.heard.length = 0
  return send(daemon, 'POST', `/images/create?fromImage=${registry.host}/a&tag=${tag}`, undefined, headers)
}
/** Basic is wanted for everything. */
const guarded = () => {
  registry.intruder = (request, response) => {
    if (request.headers.authorization === SHOWN) return false
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    return true
  }
}
const told = (each: FakeRegistry) =>
  each.heard.filter(({ authorization, url, body }) => authorization !== undefined || `${url}${body}`.includes(PASSWORD))

test('CVE-2020-15157, containerd #14030, CVE-2026-49349: the urls of a foreign layer are not asked, with credentials or without', async () => {
  guarded()
  const content = archiveOf({ name: 'f' })
  const { manifest } = registry.addImage([content], 'plain')
  const layer = evil.addBlob(content, 'application/vnd.docker.image.rootfs.foreign.diff.tar')
  registry.blobs.delete(layer.digest)
  const urls = [`http://${evil.host}/v2/a/blobs/${layer.digest}`]
  registry.addManifest({ ...manifest, layers: [{ ...layer, urls }] }, MEDIA_TYPES.ociManifest, 'foreign')
  expect((await pull('foreign')).good).toBe(false)
  expect(evil.heard).toEqual([])
})

test('CVE-2026-33540, CVE-2026-65388: credentials do not go to a realm of another host', async () => {
  for (const realm of [
    `http://${evil.host}/token`,
    `http://ann@${evil.host}/token`,
    `http://127.0.0.1@${evil.host}/token`,
    `//${evil.host}/token`,
    'file:///etc/passwd',
  ]) {
    registry.intruder = (_, response) => {
      sendBearerChallenge(response, realm)
      return true
    }
    evil.intruder = (_, response) => {
      response.end('{"token":"T"}')
      return true
    }
    expect((await pull('plain')).good).toBe(false)
    expect([realm, told(evil)]).toEqual([realm, []])
  }
  evil.intruder = () => false
})

test('redirects take no credentials along, and leave no loop [class]', async () => {
  const { manifest } = registry.addImage([archiveOf({ name: 'redirected' })], 'redirected')
  for (const [digest, bytes] of registry.blobs) evil.blobs.set(digest, bytes)
  registry.intruder = (request, response, { url }) => {
    if (request.headers.authorization !== SHOWN)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    else if (url.includes('/blobs/')) response.writeHead(307, { location: `http://ann:x@${evil.host}${url}` }).end()
    else return false
    return true
  }
  expect((await pull('redirected')).good).toBe(true)
  expect(evil.heard.length).toBe(1 + manifest.layers.length)
  expect(told(evil)).toEqual([])
  registry.intruder = (_, response, { url }) => {
    response.writeHead(302, { location: url }).end()
    return true
  }
  expect((await pull('loop')).good).toBe(false)
  expect(registry.heard.length).toBeLessThan(20)
})

test('CVE-2021-41092: credentials of one registry are not shown to another, nor those of none', async () => {
  guarded()
  for (const address of ['https://index.docker.io/v1/', 'docker.io', evil.host, 'registry.example.com']) {
    expect((await pull('plain', auth(address))).good).toBe(false)
    expect([address, told(registry)]).toEqual([address, []])
  }
  registry.addImage([archiveOf({ name: 'own' })], 'own')
  expect((await pull('own')).good).toBe(true)
})

test('auth storms: a registry that refuses for ever is asked a few times [class]', async () => {
  registry.intruder = (_, response, { url }) => {
    if (url.startsWith('/token')) response.end('{"token":"T"}')
    else sendBearerChallenge(response, `http://${registry.host}/token`)
    return true
  }
  expect((await pull('plain')).good).toBe(false)
  expect(registry.heard.length).toBeLessThan(10)
  const headers = [...'!{[', btoa('{"username":{}}'), btoa('null'), 'x'.repeat(10_000)]
  for (const header of headers) await pull('plain', { 'X-Registry-Auth': header })
  expect(await lives(daemon)).toBe(true)
})

test('stored credentials are for their owner alone, and in no log [class]', async () => {
  guarded()
  const config = mkdtempSync(join(tmpdir(), 'berth-login-'))
  const login = await daemon.berth(['login', '-u', 'ann', '--password-stdin', registry.host], {
    input: PASSWORD,
    env: { DOCKER_CONFIG: config },
  })
  expect([login.code, login.stderr]).toEqual([0, expect.not.stringContaining(PASSWORD)])
  expect(statSync(join(config, 'config.json')).mode & 0o777).toBe(0o600)
  await until('the log is written', () => daemon.log().includes('SystemAuth'))
  expect(daemon.log()).not.toContain(PASSWORD)
  expect(daemon.log()).not.toContain(btoa(`ann:${PASSWORD}`))
  expect(readFileSync(`/proc/${daemon.pid()}/cmdline`, 'utf8')).not.toContain(PASSWORD)
  rmSync(config, { recursive: true, force: true })
})
