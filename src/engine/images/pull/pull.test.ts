import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'
import { parsePlatform } from '../../../formats/platform/platform.ts'
import { parseReference } from '../../../formats/reference/reference.ts'
import { FakeRegistry } from '../testing/fake-registry.ts'
import { TEST_SETTINGS, TestImages, tarOf } from '../testing/test-images.ts'

const BASE = tarOf({ 'etc/base': 'base' })
const TOP = tarOf({ top: 'x'.repeat(5000) })
const EMPTY = { blobs: 0, layers: 0, rest: [] }
const never = new AbortController().signal

describe('a pull', () => {
  test('brings an image with its layers, and tells of it as Docker does', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    const { digest, manifest } = registry.addImage([BASE, TOP], '1')
    const name = `${registry.host}/team/app`
    const lines = await store.pull(`${name}:1`)
    expect(lines[0]).toEqual({ status: 'Pulling from team/app', id: '1' })
    for (const { digest: layer } of manifest.layers) {
      const id = layer.slice(7, 19)
      const said = lines.filter(line => line.id === id).map(line => line.status)
      expect(said[0]).toBe('Pulling fs layer')
      expect(said.slice(-4)).toEqual(['Verifying Checksum', 'Download complete', 'Extracting', 'Pull complete'])
    }
    expect(lines.slice(-2)).toEqual([
      { status: `Digest: ${digest}` },
      { status: `Status: Downloaded newer image for ${name}:1` },
    ])
    const image = store.images.inspect(`${name}:1`)
    expect(image).toMatchObject({
      Id: manifest.config.digest,
      RepoTags: [`${name}:1`],
      RepoDigests: [`${name}@${digest}`],
    })
    const [top = '', base = ''] = store.layers.lower(image.RootFS.Layers!)
    expect([existsSync(join(top, 'top')), existsSync(join(base, 'etc/base'))]).toEqual([true, true])
    expect(store.events).toEqual([`pull ${name}:1 ${name}`])
  })

  test('that has nothing to bring says so, and fetches no layer', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    registry.addImage([BASE], '1')
    await store.pull(`${registry.host}/a:1`)
    registry.heard.length = 0
    const lines = await store.pull(`${registry.host}/a:1`)
    expect(lines.map(({ status }) => status)).toContain('Already exists')
    expect(lines.at(-1)?.status).toBe(`Status: Image is up to date for ${registry.host}/a:1`)
    expect(registry.heard.filter(({ url }) => url.includes('/blobs/')).length).toBe(1)
  })

  test.each(['gzip', 'zstd'] as const)('reads layers packed with %s', async kind => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    const { manifest } = registry.addImage([BASE], 'plain')
    const packed = kind === 'gzip' ? gzipSync(BASE) : zstdCompressSync(BASE)
    const type = kind === 'gzip' ? MEDIA_TYPES.ociLayerGzip : MEDIA_TYPES.ociLayerZstd
    registry.addManifest({ ...manifest, layers: [registry.addBlob(packed, type)] }, MEDIA_TYPES.ociManifest, '1')
    await store.pull(`${registry.host}/a:1`)
    expect(store.images.inspect(`${registry.host}/a:1`).Id).toBe(manifest.config.digest)
  })

  test('of an index takes the manifest of the platform', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    const amd = registry.addImage([BASE], 'amd')
    const arm = registry.addImage([TOP], 'arm', { architecture: 'arm64' })
    const entry = ({ mediaType, digest, size }: typeof amd, architecture: string) => ({
      mediaType,
      digest,
      size,
      platform: { os: 'linux', architecture },
    })
    const list = registry.addManifest(
      {
        schemaVersion: 2,
        mediaType: MEDIA_TYPES.ociIndex,
        manifests: [entry(arm, 'arm64'), entry(amd, 'amd64'), entry(arm, 'unknown')],
      },
      MEDIA_TYPES.ociIndex,
      'multi',
    )
    const name = `${registry.host}/a:multi`
    const platform = parsePlatform('linux/arm64')
    await store.images.pull({ reference: parseReference(name), platform }, () => {}, never)
    expect(store.images.inspect(name)).toMatchObject({
      Architecture: 'arm64',
      RepoDigests: [`${registry.host}/a@${list.digest}`],
    })
    expect(() => store.images.resolve(name, parsePlatform('linux/amd64'))).toThrow(
      'does not match the specified platform',
    )
    const none = { reference: parseReference(name), platform: parsePlatform('linux/s390x') }
    await expect(store.images.pull(none, () => {}, never)).rejects.toThrow(
      'no matching manifest for linux/s390x in the manifest list entries',
    )
  })

  test('by digest is pinned at every level', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    const image = registry.addImage([BASE], '1')
    const { digest } = registry.addManifest(
      {
        schemaVersion: 2,
        manifests: [{ ...image, manifest: undefined, platform: { os: 'linux', architecture: 'amd64' } }],
      },
      MEDIA_TYPES.ociIndex,
    )
    await store.pull(`${registry.host}/a:ignored@${digest}`)
    expect(store.images.inspect(`${registry.host}/a@${digest}`)).toMatchObject({ RepoTags: [] })
    const swapped = registry.addImage([TOP], '2')
    registry.manifests.set(image.digest, registry.manifests.get(swapped.digest)!)
    await expect(store.pull(`${registry.host}/b@${digest}`)).rejects.toThrow('manifest verification failed')
  })

  test('of all tags brings every one', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    registry.addImage([BASE], '1')
    registry.addImage([TOP], '2')
    registry.intruder = (_, response, { url }) => {
      if (url.endsWith('/tags/list')) response.setHeader('link', '</v2/a/tags/more>; rel="next"').end('{"tags":["1"]}')
      else if (url.endsWith('/tags/more')) response.end('{"tags":["2"]}')
      else return false
      return true
    }
    await store.pull(`${registry.host}/a`)
    expect(
      store.images
        .list()
        .flatMap(({ RepoTags }) => RepoTags)
        .sort(),
    ).toEqual([`${registry.host}/a:1`, `${registry.host}/a:2`])
  })

  test('asks the mirror first, and Docker Hub’s registry only for docker.io', async () => {
    await using mirror = await FakeRegistry.start()
    await using store = new TestImages()
    mirror.addImage([BASE], 'latest')
    store.settings = { ...store.settings, mirrors: [`http://${mirror.host}`] }
    await store.pull('busybox:latest')
    expect(store.images.inspect('busybox').RepoTags).toEqual(['busybox:latest'])
    expect(mirror.heard.some(({ url }) => url === '/v2/library/busybox/manifests/latest')).toBe(true)
  })
})

describe('an index', () => {
  const indexOf = (descriptor: object) => ({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociIndex,
    manifests: [{ ...descriptor, platform: { os: 'linux', architecture: 'amd64' } }],
  })

  test('that calls a manifest an index is refused', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    const { manifest: _, ...image } = registry.addImage([BASE], '1')
    registry.addManifest(indexOf({ ...image, mediaType: MEDIA_TYPES.ociIndex }), MEDIA_TYPES.ociIndex, 'swapped')
    await expect(store.pull(`${registry.host}/a:swapped`)).rejects.toThrow('does not match Content-Type')
    registry.addManifest(indexOf({ ...image, size: image.size + 1 }), MEDIA_TYPES.ociIndex, 'size')
    await expect(store.pull(`${registry.host}/a:size`)).rejects.toThrow('manifest does not have')
  })

  test('of indexes without end is given up', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    const { manifest: _, ...image } = registry.addImage([BASE], '1')
    let inner = image
    for (let level = 0; level < 5; level++)
      inner = registry.addManifest(indexOf(inner), MEDIA_TYPES.ociIndex, `deep${level}`)
    await store.pull(`${registry.host}/a:deep1`)
    await expect(store.pull(`${registry.host}/a:deep4`)).rejects.toThrow('nested too deeply')
  })
})

test('an image that has lost a layer is made whole by the next pull', async () => {
  await using registry = await FakeRegistry.start()
  await using store = new TestImages()
  const { manifest } = registry.addImage([BASE, TOP], '1')
  await store.pull(`${registry.host}/a:1`)
  store.layers.remove(manifest.layers[1]!.digest)
  expect(store.images.inspect(`${registry.host}/a:1`).GraphDriver.Data).toBeNull()
  await store.pull(`${registry.host}/a:1`)
  expect(store.images.inspect(`${registry.host}/a:1`).GraphDriver.Data).not.toBeNull()
})

describe('a pull that fails leaves nothing', () => {
  test.each([
    ['an unknown tag', 'none', /manifest for .*:none not found: manifest unknown: manifest unknown/],
    ['a config of another length', 'count', /2 layers in the manifest, 1 in the config/],
    ['an image of another system', 'windows', /operating system is not supported/],
    ['a wrong diff id', 'diff', /invalid diffID|does not match/],
    ['wrong bytes in a layer', 'bytes', /verification failed for digest/],
    ['a layer that is no tar', 'junk', /./],
    ['a config that is no config', 'config', /invalid image config/],
  ])('%s', async (_, tag, message) => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    const good = registry.addImage([BASE, TOP], 'good').manifest
    const config = (value: unknown) => registry.addBlob(JSON.stringify(value), MEDIA_TYPES.ociConfig)
    const add = (name: string, change: object) =>
      registry.addManifest({ ...good, ...change }, MEDIA_TYPES.ociManifest, name)
    const rootfs = (...ids: string[]) => ({ type: 'layers', diff_ids: ids })
    const [first = '', second = ''] = good.layers.map(({ digest }) => digest)
    add('count', { config: config({ os: 'linux', rootfs: rootfs(first) }) })
    add('windows', { config: config({ os: 'windows', rootfs: rootfs(first, second) }) })
    add('diff', { config: config({ os: 'linux', rootfs: rootfs(first, `sha256:${'0'.repeat(64)}`) }) })
    add('config', { config: config({ rootfs: 7 }) })
    const junk = registry.addBlob('this is not a tar'.repeat(100), MEDIA_TYPES.ociLayer)
    add('junk', { layers: [junk], config: config({ os: 'linux', rootfs: rootfs(junk.digest) }) })
    if (tag === 'bytes') {
      add('bytes', {})
      registry.blobs.set(second, Buffer.from(TOP).fill(7, 600, 700))
    }
    await expect(store.pull(`${registry.host}/a:${tag}`)).rejects.toThrow(message)
    expect(store.images.list({ all: true })).toEqual([])
    expect(await store.contents()).toEqual(EMPTY)
  })

  test('and a client that goes away cancels it', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    registry.addImage([BASE], '1')
    const controller = new AbortController()
    registry.intruder = (_, response, { url }) => {
      if (!url.includes('/blobs/') || registry.heard.length < 4) return false
      response.writeHead(200, { 'content-length': BASE.length }).write(BASE.subarray(0, 100))
      controller.abort()
      return true
    }
    const pulling = store.pull(`${registry.host}/a:1`, { signal: controller.signal })
    await expect(pulling).rejects.toMatchObject({ kind: 'cancelled' })
    while ((await store.contents()).layers > 0) await Bun.sleep(5)
    expect(store.images.list()).toEqual([])
  })
})

describe('two pulls of one layer', () => {
  test('fetch it once, and the one that stays gets it when the first goes away', async () => {
    await using registry = await FakeRegistry.start()
    await using store = new TestImages()
    registry.addImage([TOP], '1')
    const [leaving, staying] = [new AbortController(), new AbortController()]
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const layer = registry.addImage([TOP], '1').manifest.layers[0]!.digest
    registry.intruder = async (_, __, { url }) => {
      if (url.includes(layer)) await held
      return false
    }
    const first = store.pull(`${registry.host}/a:1`, { signal: leaving.signal })
    // Told as soon as it has joined the download of the first.
    const joined = Promise.withResolvers<void>()
    const report = ({ status }: { status?: string }) => status === 'Downloading' && joined.resolve()
    const second = store.pull(`${registry.host}/a:1`, { signal: staying.signal, report })
    await joined.promise
    leaving.abort()
    await expect(first).rejects.toMatchObject({ kind: 'cancelled' })
    release()
    await second
    expect(registry.heard.filter(({ url }) => url.includes(layer)).length).toBe(1)
    expect(store.images.inspect(`${registry.host}/a:1`).RepoTags).toEqual([`${registry.host}/a:1`])
  })
})

test('what an interrupted pull has left goes at the next start', async () => {
  await using registry = await FakeRegistry.start()
  await using store = new TestImages()
  registry.addImage([BASE], '1')
  await store.pull(`${registry.host}/a:1`)
  await store.layers.ingest(
    (async function* () {
      yield TOP
    })(),
    {},
    { keepBlob: true },
  )
  await store.blobs.write(Buffer.from('a blob whose layer was not finished'))
  expect(await store.contents()).toMatchObject({ blobs: 3, layers: 2 })
  await store.close()
  store.open()
  expect(await store.contents()).toMatchObject({ blobs: 1, layers: 1 })
  expect(store.images.inspect(`${registry.host}/a:1`).RepoTags).toEqual([`${registry.host}/a:1`])
})

test('a registry that hangs holds up no other', async () => {
  await using dead = await FakeRegistry.start()
  await using alive = await FakeRegistry.start()
  await using store = new TestImages()
  dead.addImage(
    [1, 2, 3, 4].map(number => tarOf({ file: `dead ${number}` })),
    '1',
  )
  alive.addImage([tarOf({ file: 'alive' })], '1')
  const [, ...layers] = dead.blobs.keys()
  const full = Promise.withResolvers<void>()
  let hanging = 0
  dead.intruder = (_, __, { url }) => {
    const hangs = layers.some(digest => url.includes(digest))
    if (hangs && ++hanging === TEST_SETTINGS.concurrentDownloads) full.resolve()
    return hangs
  }
  const gone = new AbortController()
  const hung = store.pull(`${dead.host}/a:1`, { signal: gone.signal })
  await full.promise
  await store.pull(`${alive.host}/a:1`)
  gone.abort()
  await expect(hung).rejects.toMatchObject({ kind: 'cancelled' })
})
