import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { FakeRegistry } from '../../src/engine/images/testing/fake-registry.ts'
import { MEDIA_TYPES } from '../../src/formats/oci-image/media-types.ts'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import {
  archiveOf,
  busyboxLayer,
  descriptors,
  dockerArchive,
  hostTarget,
  lives,
  load,
  loaded,
  type Member,
  ociArchive,
  send,
  sha256,
  type Target,
  UNTOUCHED,
} from '../kit/hostile.ts'
import { run } from '../kit/run.ts'

let daemon: TestDaemon
let registry: FakeRegistry
let target: Target
beforeAll(async () => {
  ;[daemon, registry] = await Promise.all([testDaemon(), FakeRegistry.start()])
  target = hostTarget()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  target[Symbol.dispose]()
})

const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const images = () => out('images', '-aq', '--no-trunc')
const pull = (tag: string) => send(daemon, 'POST', `/images/create?fromImage=${registry.host}/a&tag=${tag}`)

/** Each way in for the layers of one image, bottom first. They answer whether all of it was taken. */
const DOORS: Record<string, (layers: Buffer[]) => Promise<boolean>> = {
  'docker-archive': async layers => (await load(daemon, dockerArchive({ layers }))).good,
  'OCI archive': async layers => (await load(daemon, ociArchive({ layers }))).good,
  pull: async layers => {
    registry.addImage(layers, 'hostile')
    return (await pull('hostile')).good
  },
  import: async layers => {
    const answers = []
    for (const layer of layers) answers.push(await send(daemon, 'POST', '/images/create?fromSrc=-&repo=hostile', layer))
    return answers.every(({ good }) => good)
  },
  'PUT archive': async layers => {
    const id = await out('create', 'busybox')
    const answers = []
    for (const layer of layers) answers.push(await send(daemon, 'PUT', `/containers/${id}/archive?path=/`, layer))
    await out('rm', id)
    return answers.every(({ good }) => good)
  },
}

const link = (name: string, linkName: string): Member => ({ name, type: 'symlink', linkName })
const hardLink = (name: string, linkName: string): Member => ({ name, type: 'link', linkName })
const UP = '../'.repeat(24)

/** Layers, bottom first; those that cannot be taken at all are said to be refused. */
const ATTACKS: { name: string; layers: () => Member[][]; refused?: true }[] = [
  {
    name: 'CVE-2014-6407, CVE-2020-10696, CVE-2026-17106: a file written through an absolute link',
    layers: () => [[link('l', target.path), { name: 'l/secret', content: 'bad' }]],
  },
  {
    name: 'CVE-2014-6407, CVE-2026-17106: a file written through a relative link',
    layers: () => [[link('l', UP + target.path), { name: 'l/new', content: 'bad' }]],
  },
  {
    name: 'CVE-2026-17106: a hard link to a file of the host, and content for it',
    layers: () => [[hardLink('h', target.secret), { name: 'h', content: 'bad' }]],
    refused: true,
  },
  {
    name: 'CVE-2020-10696: a hard link through a link of the layer',
    layers: () => [[link('l', target.path), hardLink('h', 'l/secret'), { name: 'h', content: 'bad' }]],
    refused: true,
  },
  {
    name: 'CVE-2014-6407: a name that leads up',
    layers: () => [[{ name: `${UP}${target.secret}`, content: 'bad' }]],
    refused: true,
  },
  {
    name: 'CVE-2021-32760: mode and owner by a hard link to a link',
    layers: () => [[link('l', target.secret), { ...hardLink('h', 'l'), mode: 0o4777, uid: 7, gid: 7 }]],
  },
  {
    name: 'CVE-2025-47290: one layer brings the link, the next one writes through it',
    layers: () => [[link('l', target.path)], [{ name: 'l/secret', content: 'bad' }]],
  },
  {
    name: 'CVE-2021-29136: a root that is a link, and a layer above it',
    layers: () => [[link('.', target.path)], [{ name: 'secret', content: 'bad' }]],
    refused: true,
  },
  {
    name: 'CVE-2021-29136: a root called / that is a link',
    layers: () => [[link('/', target.path)], [{ name: 'secret', content: 'bad' }]],
    refused: true,
  },
  {
    name: 'whiteouts: through a link, upwards, and opaque [class; TestBreakouts, TestOverlayUntarInvalidWhiteoutNames]',
    layers: () => [[link('l', target.path), { name: 'l/.wh.secret' }, { name: 'l/.wh..wh..opq' }]],
  },
  {
    name: 'CVE-2025-11395: directories with modes through links',
    layers: () => [[link('l', target.path), { name: 'l', type: 'directory', mode: 0o777, uid: 9 }]],
  },
]

describe.each(Object.keys(DOORS))('layers by %s', door => {
  test.each(ATTACKS)('$name', async ({ layers, refused }) => {
    const taken = await DOORS[door]?.(layers().map(members => archiveOf(...members)))
    if (refused) expect(taken).toBe(false)
    expect(target.look()).toEqual(UNTOUCHED)
    expect(await lives(daemon)).toBe(true)
  })
})

test.each(['.wh...', '.wh..', '.wh.', 'a/.wh...'])('whiteouts: one called %j is refused [class]', async name => {
  expect((await load(daemon, dockerArchive({ layers: [archiveOf({ name })] }))).good).toBe(false)
})

test('CVE-2014-9357: a compressed layer is not handed to programs of the image', async () => {
  const script = `#!/bin/busybox sh\n/bin/busybox touch ${target.marker}\n/bin/busybox cat\n`
  const names = ['xz', 'unpigz', 'gzip', 'zstd', 'bzip2'].flatMap(name => [`usr/bin/${name}`, `bin/${name}`])
  const plain = busyboxLayer(...names.map(name => ({ name, content: script, mode: 0o755 })))
  const packed = new Uint8Array(
    await new Response(Bun.spawn(['xz', '-0', '-c'], { stdin: plain }).stdout).arrayBuffer(),
  )
  expect(
    (await load(daemon, dockerArchive({ layers: [packed], diffIds: [sha256(plain)], tag: 'packed:1' }))).good,
  ).toBe(true)
  const id = await out('create', 'packed:1', 'sh')
  const content = archiveOf({ name: 'arrived', content: 'yes' })
  const small = new Uint8Array(await new Response(Bun.spawn(['xz', '-c'], { stdin: content }).stdout).arrayBuffer())
  for (const body of [small, gzipSync(content), Bun.zstdCompressSync(content)]) {
    expect((await send(daemon, 'PUT', `/containers/${id}/archive?path=/`, body)).good).toBe(true)
  }
  expect(existsSync(target.marker)).toBe(false)
  await out('rm', id)
})

test.each(['/etc/passwd', '../../../../etc/passwd', 'sha256:../../x', '', '\0'])(
  'CVE-2014-9358, CVE-2014-5282: %j for a name in manifest.json opens nothing',
  async name => {
    const before = await images()
    const manifest = [{ Config: name, RepoTags: ['a:1'], Layers: [name] }]
    const { good, text } = await load(daemon, archiveOf({ name: 'manifest.json', content: JSON.stringify(manifest) }))
    expect(good).toBe(false)
    expect(text).not.toContain('root:')
    expect(await images()).toBe(before)
  },
)

test('CVE-2014-9358: a tag in an archive that is a path or no name is refused, and nothing is taken', async () => {
  const before = await images()
  for (const tag of ['../../etc:1', '/abs:1', 'UPPER:1', 'a:../x', `a@sha256:${'0'.repeat(64)}`, 'a\n:1']) {
    expect([tag, (await load(daemon, dockerArchive({ layers: [archiveOf()], tag }))).good]).toEqual([tag, false])
  }
  expect(await images()).toBe(before)
})

test('CVE-2021-20291, CVE-2026-114236: a layer that fails forty times leaves no lock, no descriptor, no file', async () => {
  const good = archiveOf({ name: 'f', content: 'content'.repeat(1000) })
  const packed = gzipSync(good)
  const image = { layers: [packed.subarray(0, -20)], diffIds: [sha256(good)], tag: 'cut:1' }
  const attempt = async (times: number) => {
    for (let count = 0; count < times; count++) expect((await load(daemon, dockerArchive(image))).good).toBe(false)
  }
  await attempt(5)
  const before = descriptors(daemon)
  await attempt(35)
  expect(descriptors(daemon)).toBeLessThan(before + 4)
  await loaded(daemon, { ...image, layers: [packed] })
  expect([...new Bun.Glob('**').scanSync(`${daemon.instance.dataRoot}/tmp`)]).toEqual([])
})

test('GHSA-697p-8837-37h3, GHSA-g3rx-2m58-rr63: over-long names and names of attributes are refused or left out', async () => {
  const long = 'n'.repeat(300_000)
  const hostile: Member[] = [
    { name: long },
    { name: `${'d/'.repeat(100_000)}f` },
    { name: 'l', type: 'symlink', linkName: long },
    { name: 'h', type: 'link', linkName: long },
    { name: 'x', attributes: new Map([[`user.${'a'.repeat(70_000)}`, Buffer.alloc(70_000)]]) },
  ]
  for (const member of hostile) {
    await load(daemon, dockerArchive({ layers: [archiveOf(member)] }))
    await load(daemon, archiveOf(member))
  }
  expect(await lives(daemon)).toBe(true)
})

test('CVE-2024-36620: a history of nulls is told without a crash', async () => {
  const layers = [archiveOf({ name: 'f' })]
  for (const history of [null, [null], [{}, null, { created: null, created_by: null }], [{ created: 'never' }]]) {
    const tag = await loaded(daemon, { layers, config: { history, created: null, author: null }, tag: 'history:1' })
    expect((await daemon.api('GET', `/images/${tag}/history`)).status).toBe(200)
    expect((await daemon.api('GET', `/images/${tag}/json`)).status).toBe(200)
    expect((await daemon.api('GET', '/images/json?all=1')).status).toBe(200)
  }
})

test('CVE-2024-36621, CVE-2024-36623: eight loads and pulls of one new layer at once', async () => {
  const layers = [archiveOf({ name: 'many', content: 'x'.repeat(300_000) })]
  registry.addImage(layers, 'many')
  const work = Array.from({ length: 8 }, (_, count) =>
    count % 2 ? pull('many') : load(daemon, dockerArchive({ layers, tag: `many:${count}` })),
  )
  expect((await Promise.all(work)).map(({ good }) => good)).toEqual(Array(8).fill(true))
  const ids = (await out('images', '--no-trunc', '--format', '{{.Repository}} {{.ID}}')).split('\n')
  expect(ids.filter(line => line.startsWith('many '))).toHaveLength(4)
})

test('GHSA-g54h-m393-cpwq: device nodes that a layer brings open nothing', async () => {
  const node = (name: string, type: 'block' | 'character', major: number, minor: number): Member => ({
    name,
    type,
    mode: 0o666,
    deviceMajor: major,
    deviceMinor: minor,
  })
  const devices = [node('disk', 'block', 8, 0), node('loop', 'block', 7, 0), node('mem', 'character', 1, 1)]
  const tag = await loaded(daemon, { layers: [busyboxLayer(...devices)], tag: 'devices:1' })
  const script = 'for name in disk loop mem; do head -c1 /$name 2>&1; done'
  const { stdout } = await daemon.docker(['run', '--rm', tag, 'sh', '-c', script])
  expect(stdout.match(/Operation not permitted/g)).toHaveLength(3)
})

test('overlay control attributes of a layer are dropped [class]', async () => {
  const attributes = new Map(
    ['trusted.overlay.redirect', 'trusted.overlay.opaque', 'trusted.overlay.metacopy', 'user.overlay.redirect'].map(
      (name): [string, Uint8Array] => [name, Buffer.from(name.endsWith('redirect') ? '/etc' : 'y')],
    ),
  )
  const lower = busyboxLayer({ name: 'etc', type: 'directory', mode: 0o755 }, { name: 'etc/kept', content: 'lower' })
  const upper = archiveOf(
    { name: 'etc', type: 'directory', mode: 0o755, attributes },
    { name: 'new', type: 'directory', attributes },
  )
  const tag = await loaded(daemon, { layers: [lower, upper], tag: 'attributes:1' })
  expect(await out('run', '--rm', tag, 'sh', '-c', 'cat /etc/kept; ls /new')).toBe('lower')
})

test('CVE-2014-8178: a layer is kept under what it is, whatever the archive calls it', async () => {
  const good = archiveOf({ name: 'who', content: 'good' })
  await loaded(daemon, { layers: [good], tag: 'good:1' })
  const evil = archiveOf({ name: 'who', content: 'evil' })
  const config = {
    name: 'config.json',
    content: JSON.stringify({ os: 'linux', rootfs: { type: 'layers', diff_ids: [sha256(good)] } }),
  }
  const name = `blobs/sha256/${sha256(good).slice(7)}`
  const manifest = {
    name: 'manifest.json',
    content: JSON.stringify([{ Config: 'config.json', RepoTags: ['evil:1'], Layers: [name] }]),
  }
  await load(daemon, archiveOf({ name, content: evil }, config, manifest))
  await load(daemon, dockerArchive({ layers: [evil], diffIds: [sha256(good)], tag: 'evil:2' }))
  const id = await out('create', 'good:1', 'x')
  const archive = await send(daemon, 'GET', `/containers/${id}/archive?path=/who`)
  expect(archive.text).toContain('good')
  expect(await out('images', '-q', 'evil:2')).toBe('')
  await out('rm', id)
})

test('CVE-2026-95839, CVE-2024-3727, GHSA-f689-h8m7-3jp2: malformed digests are refused before anything is fetched by them', async () => {
  const digests = [
    'sha256:../../../etc/passwd',
    'sha256:',
    'sha256:AB',
    '',
    'md5:0',
    `sha256:${'g'.repeat(64)}`,
    `sha256:${'0'.repeat(63)}`,
    '../x',
    `sha256:${'0'.repeat(64)}/../x`,
  ]
  const good = registry.addImage([archiveOf()], 'malformed').manifest
  for (const digest of [...digests, 7, null, {}]) {
    registry.addManifest(
      { ...good, layers: [{ mediaType: MEDIA_TYPES.ociLayer, digest, size: 3 }] },
      MEDIA_TYPES.ociManifest,
      'm',
    )
    registry.heard.length = 0
    expect((await pull('m')).good).toBe(false)
    expect(registry.heard.filter(({ url }) => url.includes('/blobs/'))).toEqual([])
  }
  for (const digest of digests.filter(text => text.includes(':'))) {
    const path = encodeURIComponent(`a@${digest}`)
    expect((await daemon.api('GET', `/images/${path}/json`)).status).toBeGreaterThanOrEqual(400)
    expect((await daemon.api('DELETE', `/images/${path}`)).status).toBeGreaterThanOrEqual(400)
  }
  expect(await lives(daemon)).toBe(true)
})

const PASSWD: [string, Member][] = [
  ['FIFO', { name: 'etc/passwd', type: 'fifo', mode: 0o644 }],
  ['device', { name: 'etc/passwd', type: 'character', mode: 0o644, deviceMajor: 1, deviceMinor: 5 }],
  ['directory', { name: 'etc/passwd', type: 'directory', mode: 0o755 }],
  ['link to the host', { name: 'etc/passwd', type: 'symlink', linkName: '/proc/1/root/etc/passwd' }],
]
test.each(PASSWD)('CVE-2024-9676, CVE-2022-4318: a %s for /etc/passwd holds nothing up', async (_, passwd) => {
  const group = { ...passwd, name: 'etc/group' }
  const layers = [busyboxLayer({ name: 'etc', type: 'directory', mode: 0o755 }, passwd, group)]
  const tag = await loaded(daemon, { layers, tag: 'passwd:1' })
  const as = (user: string) =>
    run(['timeout', '20', 'docker', '-H', daemon.host, 'run', '--rm', '-u', user, tag, 'id', '-u'])
  expect((await as('daemon')).code).toBe(125)
  const { code, stdout, stderr } = await as('1234:5')
  if (code === 125) expect(stderr).toContain('/etc/passwd of the container is not a regular file')
  else expect(stdout).toBe('1234\n')
})

test('the host is as it was', () => {
  expect(target.look()).toEqual(UNTOUCHED)
  expect(existsSync(target.marker)).toBe(false)
  expect(readFileSync('/etc/passwd', 'utf8')).toContain('root:')
})
