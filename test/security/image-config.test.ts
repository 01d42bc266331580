import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { FakeRegistry } from '../../src/engine/images/testing/fake-registry.ts'
import { MEDIA_TYPES } from '../../src/formats/oci-image/media-types.ts'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import {
  archiveOf,
  busyboxLayer,
  configOf,
  dockerArchive,
  hostTarget,
  lives,
  load,
  loaded,
  type Member,
  send,
  sha256,
  type Target,
  UNTOUCHED,
} from '../kit/hostile.ts'

let daemon: TestDaemon
let registry: FakeRegistry
let target: Target
const MARK = 'berth-secret-of-the-daemon'
beforeAll(async () => {
  ;[daemon, registry] = await Promise.all([
    testDaemon({ image: false, env: { BERTH_TEST_SECRET: MARK } }),
    FakeRegistry.start(),
  ])
  target = hostTarget()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  target[Symbol.dispose]()
})

const client = () => clientOf(daemon, 'docker')
const out = (...args: string[]) => client().out(...args)
const pull = (name: string) => send(daemon, 'POST', `/images/create?fromImage=${encodeURIComponent(name)}`)
const images = () => out('images', '-aq', '--no-trunc')
/** An image that runs, whose config says this besides. */
const saying = (config: Record<string, unknown>, tag = 'saying:1', ...members: Member[]) =>
  loaded(daemon, { layers: [busyboxLayer(...members)], config: { config: { Cmd: ['sh'], ...config } }, tag })

describe('manifests', () => {
  const layer = archiveOf({ name: 'f', content: 'x' })

  test('CVE-2021-41190, GHSA-5j5w-g665-5m35, GHSA-xmmx-7jpf-fx42, GHSA-77vh-xpmg-72qh, GHSA-qq97-vm5h-rrhg: no document is manifest and index at once', async () => {
    const { manifest } = registry.addImage([layer], 'good')
    const before = await images()
    const both = { ...manifest, manifests: [] }
    const documents: [unknown, string][] = [
      [manifest, MEDIA_TYPES.ociIndex],
      [manifest, MEDIA_TYPES.dockerList],
      [{ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] }, MEDIA_TYPES.ociManifest],
      [both, MEDIA_TYPES.ociManifest],
      [both, MEDIA_TYPES.ociIndex],
      [{ ...both, mediaType: undefined }, 'application/json'],
      [{ ...both, mediaType: undefined }, ''],
    ]
    for (const [document, type] of documents) {
      registry.addManifest(document, type, 'confused')
      expect((await pull(`${registry.host}/a:confused`)).good).toBe(false)
    }
    expect(await images()).toBe(before)
  })

  test('CVE-2014-8179: what stands around the hashed part is not looked at', async () => {
    const { manifest } = registry.addImage([layer], 'plain')
    const evil = configOf({ layers: [layer], config: { config: { User: 'evil' } } })
    const config = { ...manifest.config, data: evil.toString('base64'), urls: ['http://127.0.0.1:1/evil'] }
    const document = {
      ...manifest,
      config,
      signatures: [{ protected: 'x' }],
      history: [{ v1Compatibility: '{}' }],
      subject: null,
    }
    registry.addManifest(document, MEDIA_TYPES.ociManifest, 'around')
    expect((await pull(`${registry.host}/a:around`)).good).toBe(true)
    expect(await out('inspect', '--format', '{{.Id}} {{.Config.User}}', `${registry.host}/a:around`)).toBe(
      manifest.config.digest,
    )
  })

  test('CVE-2026-111361, GHSA-qv35-3gw6-8q4j: a pinned digest holds for index, manifest, config and layer', async () => {
    const image = registry.addImage([layer], 'pinned')
    const other = registry.addImage([archiveOf({ name: 'evil' })], 'other')
    const { manifest: _, ...entry } = image
    const index = { schemaVersion: 2, manifests: [{ ...entry, platform: { os: 'linux', architecture: 'amd64' } }] }
    const { digest } = registry.addManifest(index, MEDIA_TYPES.ociIndex)
    const [manifests, blobs] = [new Map(registry.manifests), new Map(registry.blobs)]
    const evil = {
      manifest: registry.manifests.get(other.digest),
      blob: registry.blobs.get(other.manifest.config.digest),
    }
    const swaps = [
      () => registry.manifests.set(digest, evil.manifest as never),
      () => registry.manifests.set(image.digest, evil.manifest as never),
      () => registry.blobs.set(image.manifest.config.digest, evil.blob as never),
    ]
    for (const [place, swap] of swaps.entries()) {
      swap()
      expect([place, (await pull(`${registry.host}/p${place}@${digest}`)).good]).toEqual([place, false])
      for (const [key, value] of manifests) registry.manifests.set(key, value)
      for (const [key, value] of blobs) registry.blobs.set(key, value)
    }
    expect((await pull(`${registry.host}/pinned@${digest}`)).good).toBe(true)
  })

  test('20.10.20: name:tag@digest is no image of another repository', async () => {
    const { digest } = registry.addImage([busyboxLayer()], '1')
    await pull(`${registry.host}/mine:1`)
    for (const name of [`saying:1@${digest}`, `other@${digest}`, `${registry.host}/other:1@${digest}`]) {
      expect((await daemon.api('GET', `/images/${encodeURIComponent(name)}/json`)).status).toBe(404)
      const created = await send(daemon, 'POST', '/containers/create', JSON.stringify({ Image: name, Cmd: ['sh'] }))
      expect([name, created.status]).toEqual([name, 404])
    }
  })

  test('CVE-2021-21285: malformed manifests and configs are refused, and the daemon lives', async () => {
    const { manifest } = registry.addImage([layer], 'base')
    const before = await images()
    const config = (value: unknown) => ({
      ...manifest,
      config: registry.addBlob(JSON.stringify(value), MEDIA_TYPES.ociConfig),
    })
    const rootfs = { type: 'layers', diff_ids: [sha256(layer)] }
    const documents: unknown[] = [
      null,
      [],
      7,
      'x',
      {},
      { schemaVersion: 2 },
      { schemaVersion: '2', config: manifest.config },
      { ...manifest, layers: [null] },
      { ...manifest, layers: {} },
      { ...manifest, config: [] },
      { ...manifest, config: null },
      { ...manifest, layers: Array(5000).fill(manifest.layers[0]) },
      { ...manifest, layers: [] },
      { ...manifest, config: { ...manifest.config, size: -1 } },
      { ...manifest, config: { ...manifest.config, size: 2 ** 53 } },
      { ...manifest, layers: [{ ...manifest.layers[0], size: 1e300 }] },
      { ...manifest, layers: [{ ...manifest.layers[0], size: '3' }] },
      { schemaVersion: 2, manifests: null },
      { schemaVersion: 2, manifests: [null] },
      { schemaVersion: 2, manifests: Array(3000).fill({}) },
      { schemaVersion: 1, fsLayers: [], history: [] },
      config(null),
      config([]),
      config({}),
      config({ rootfs: null }),
      config({ rootfs: { type: 'x', diff_ids: [] } }),
      config({ rootfs: { type: 'layers', diff_ids: [null] } }),
      config({ os: 'linux', rootfs, config: [] }),
      config({ os: 7, rootfs }),
      config({ os: 'linux', rootfs, history: Array(20_000).fill({}) }),
    ]
    for (const [place, document] of documents.entries()) {
      registry.addManifest(document, MEDIA_TYPES.ociManifest, 'bad')
      expect([place, (await pull(`${registry.host}/a:bad`)).good]).toEqual([place, false])
    }
    const deep = Buffer.from('['.repeat(1_000_000))
    registry.manifests.set('deep', { bytes: deep, type: MEDIA_TYPES.ociManifest })
    expect((await pull(`${registry.host}/a:deep`)).good).toBe(false)
    expect(await images()).toBe(before)
    expect(await lives(daemon)).toBe(true)
  }, 30_000)
})

describe('what an image may not say', () => {
  test('CVE-2014-6408: security options, privileges, mounts and networks', async () => {
    const wish = {
      HostConfig: { Privileged: true, Binds: ['/:/host'], NetworkMode: 'host', PidMode: 'host' },
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
      Privileged: true,
      CapAdd: ['ALL'],
      Binds: ['/:/host'],
      NetworkMode: 'host',
      NetworkDisabled: true,
      Runtime: 'evil',
      Devices: ['/dev/sda'],
      MaskedPaths: [],
    }
    const tag = await loaded(daemon, {
      layers: [busyboxLayer()],
      tag: 'wish:1',
      config: { ...wish, config: { Cmd: ['sh'], ...wish }, container_config: wish },
    })
    const script = 'cat /proc/self/status; ls /host /dev/sda; cat /proc/kcore'
    const { stdout, stderr } = await client().cli(['run', '--rm', tag, 'sh', '-c', script])
    expect(stdout).toContain('CapEff:\t00000000a80425fb')
    expect(stdout).toContain('Seccomp:\t2')
    expect(stderr).toContain('/host: No such file')
  })

  const STEERING = {
    'io.kubernetes.cri-o.TrustedSandbox': 'true',
    'run.oci.hooks.stdout': '/tmp/x',
    'run.oci.handler': 'krun',
    'run.oci.systemd.subgroup': '',
    'run.oci.mount_context_type': 'x',
    'run.oci.delegate-cgroup': '1',
    'org.systemd.property.ExecStartPre': "['/bin/sh']",
    'module.wasm.image/variant': 'compat',
    'io.containerd.runc.v2.group': 'x',
    'containerd.io/restart.loguri': 'binary:///bin/sh?-c=id',
    'io.podman.annotations.privileged': 'TRUE',
    'io.podman.annotations.seccomp': 'unconfined',
    'com.docker.network.container-name': '--privileged',
    __proto__: 'x',
  }

  test.each(['crun', 'runc'])(
    'CVE-2026-53488, CVE-2026-94603, CVE-2024-3154, CVE-2026-121885, CVE-2026-55887: labels and annotations do not reach %s',
    async runtime => {
      const tag = await loaded(daemon, {
        layers: [busyboxLayer()],
        tag: 'labels:1',
        config: { annotations: STEERING, config: { Cmd: ['sh'], Labels: STEERING, Annotations: STEERING } },
      })
      const id = await out('run', '-d', '--runtime', runtime, tag, 'sleep', '1000')
      const spec = JSON.parse(readFileSync(`${daemon.instance.execRoot}/containers/${id}/config.json`, 'utf8'))
      expect(Object.keys(spec.annotations ?? {}).filter(key => key !== 'run.oci.seccomp_bpf_data')).toEqual([])
      expect(spec.hooks).toBeUndefined()
      await out('rm', '-f', id)
    },
  )

  test('CVE-2026-57231: Env entries without = bring nothing of the daemon’s environment', async () => {
    const tag = await saying({ Env: ['BERTH_TEST_SECRET', '*', 'BERTH_*', '=', 'PATH', 'OK=1'] })
    const id = await out('run', '-d', tag, 'sleep', '1000')
    const printed = [await out('run', '--rm', tag, 'env'), await out('exec', id, 'env')]
    for (const text of printed) {
      expect(text).not.toContain('BERTH')
      expect(text).toContain('OK=1')
    }
    await out('rm', '-f', id)
  })
})

describe('paths of an image', () => {
  const LINKS = (): Member[] => [
    { name: 'out', type: 'symlink', linkName: target.path },
    { name: 'up', type: 'symlink', linkName: `${'../'.repeat(20)}${target.path}` },
    { name: 'root', type: 'symlink', linkName: '/proc/1/root' },
  ]
  const PLACES = () => ['/out', '/up', '/out/deeper', '/root/etc', `/..${target.path}`, `/x/../../..${target.path}`]

  test('CVE-2022-23648: a VOLUME with .. or through a link gets nothing of the host', async () => {
    for (const [index, place] of PLACES().entries()) {
      const tag = await saying({ Volumes: { [place]: {} } }, `volume:${index}`, ...LINKS())
      const id = await out('create', tag, 'sh')
      const sources = await out('inspect', '--format', '{{range .Mounts}}{{.Source}} {{end}}', id)
      for (const source of sources.split(' ').filter(Boolean))
        expect([...new Bun.Glob('**').scanSync(source)]).toEqual([])
      await client().cli(['start', id])
      await out('rm', '-f', '-v', id)
    }
    expect(target.look()).toEqual(UNTOUCHED)
  })

  test('CVE-2026-55686: a WORKDIR through a link makes and changes nothing on the host', async () => {
    const places = [...PLACES(), '/out/new', '/up/new/deep', '/proc/self/fd/5', 'relative', '//', '/a\u0001b']
    for (const [index, place] of places.entries()) {
      const tag = await saying({ WorkingDir: place, User: '7:7' }, `workdir:${index}`, ...LINKS())
      await client().cli(['run', '--rm', tag, 'sh', '-c', 'touch made'])
    }
    expect(target.look()).toEqual(UNTOUCHED)
  })
})

/** Each with a value that has made an engine, or could make one, fall over. */
const ODD: [string, unknown][] = [
  ...[
    '',
    '/',
    '/tcp',
    '80',
    '80/',
    '-1/tcp',
    '99999/tcp',
    '1-65535/tcp',
    '80-79/tcp',
    'x/y',
    '80/sctp',
    '80/icmp',
    '\u0000',
    '__proto__',
  ].map((port): [string, unknown] => ['ExposedPorts', { [port]: {} }]),
  ['ExposedPorts', Object.fromEntries(Array.from({ length: 70_000 }, (_, port) => [`${port}/tcp`, {}]))],
  ...[
    { '': {} },
    { '/': {} },
    { '.': {} },
    { '/proc': {} },
    { ':': {} },
    { '/a:/b': {} },
    { __proto__: {} },
    { [`/${'d/'.repeat(5000)}`]: {} },
  ].map((volumes): [string, unknown] => ['Volumes', volumes]),
  ...['', ':', '-1', '4294967296', 'no-such', 'a:b:c', '\n', '0x10', '1e3', 'x'.repeat(100_000)].map(
    (user): [string, unknown] => ['User', user],
  ),
  ...['', 'SIGNOPE', '-9', '0', '99999', 'toString'].map((signal): [string, unknown] => ['StopSignal', signal]),
  ...[-1, 0, 2 ** 31, 2 ** 53, 1.5, '10', null].map((timeout): [string, unknown] => ['StopTimeout', timeout]),
  ...[
    null,
    {},
    { Test: null },
    { Test: [] },
    { Test: ['NOPE'] },
    { Test: ['CMD'] },
    { Test: ['CMD-SHELL'], Interval: -1 },
    { Interval: 2 ** 53, Retries: -5 },
  ].map((health): [string, unknown] => ['Healthcheck', health]),
  ...[null, [], [''], 'text', [null], ['a'.repeat(200_000)]].map((command): [string, unknown] => ['Cmd', command]),
  ...[null, [], [''], 'text'].map((command): [string, unknown] => ['Entrypoint', command]),
  ...['h'.repeat(300), '-', 'a b', '../x', 'a\nb'].map((name): [string, unknown] => ['Hostname', name]),
  ...['d'.repeat(300), '..'].map((name): [string, unknown] => ['Domainname', name]),
  ...[{ '': '' }, { '{{.Name}}': '{{' }, { a: 'x'.repeat(100_000) }, null].map((labels): [string, unknown] => [
    'Labels',
    labels,
  ]),
  ...[[], null, ['A=\u0000'], ['=A'], Array(20_000).fill('A=b')].map((env): [string, unknown] => ['Env', env]),
  ...[null, [], ['']].map((shell): [string, unknown] => ['Shell', shell]),
  ['OnBuild', [null]],
  ['OnBuild', ['RUN x']],
  ['MacAddress', 'x'],
]

test('config values that crash [moby PR 52582, 695010ba2e, 3ba0b72b78]: each is run, left out, or refused with a reason, by publish-all and with a log tag', async () => {
  const layers = [busyboxLayer()]
  const body = {
    Image: 'odd:1',
    HostConfig: { PublishAllPorts: true, LogConfig: { Type: 'json-file', Config: { tag: '{{.ImageName}}/{{.Nope' } } },
  }
  for (const [field, value] of ODD) {
    const answer = await load(
      daemon,
      dockerArchive({ layers, tag: 'odd:1', config: { config: { Cmd: ['true'], [field]: value } } }),
    )
    const row = [field, JSON.stringify(value)?.slice(0, 60)]
    expect([...row, answer.status]).not.toEqual([...row, 500])
    if (!answer.good) continue
    for (const path of ['/images/odd:1/json', '/images/odd:1/history'])
      expect((await daemon.api('GET', path)).status).toBe(200)
    for (const asked of [body, { Image: 'odd:1', HostConfig: { NetworkMode: 'none' } }]) {
      const created = await send(daemon, 'POST', '/containers/create', JSON.stringify(asked))
      expect([...row, created.text, created.status !== 500]).toEqual([...row, created.text, true])
      if (created.status !== 201) continue
      const { Id } = JSON.parse(created.text)
      if ('NetworkMode' in asked.HostConfig) {
        const started = await send(daemon, 'POST', `/containers/${Id}/start`)
        expect([...row, started.text]).not.toEqual([...row, expect.stringContaining('internal error')])
      }
      expect((await daemon.api('GET', `/containers/${Id}/json`)).status).toBe(200)
      await daemon.api('DELETE', `/containers/${Id}?force=1&v=1`)
    }
  }
  expect(await lives(daemon)).toBe(true)
}, 60_000)

test('CVE-2026-50195: an archive that takes over a tag is told of, in the stream and the log', async () => {
  await loaded(daemon, { layers: [archiveOf({ name: 'trusted' })], tag: 'trusted:1' })
  const id = await out('inspect', '--format', '{{.Id}}', 'trusted:1')
  const { text } = await load(daemon, dockerArchive({ layers: [archiveOf({ name: 'evil' })], tag: 'trusted:1' }))
  expect(text).toContain(`The image trusted:1 already exists, renaming the old one with ID ${id} to empty string`)
  expect(daemon.log()).toContain('a loaded archive takes over a tag')
})
