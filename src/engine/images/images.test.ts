import { describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { digestOf } from '../../formats/digest/digest.ts'
import type { ProgressLine } from '../../formats/engine-api/common.ts'
import { MEDIA_TYPES } from '../../formats/oci-image/media-types.ts'
import { hostPlatform, parsePlatform } from '../../formats/platform/platform.ts'
import { parseReference } from '../../formats/reference/reference.ts'
import { FakeRegistry } from './testing/fake-registry.ts'
import { collected, once, TestImages, tarOf } from './testing/test-images.ts'

const never = new AbortController().signal
const ROOT = tarOf({ 'bin/sh': 'x'.repeat(1000) })
const EMPTY = { blobs: 0, layers: 0, rest: [] }
const filters = (values: Record<string, string[]>) => ({ filters: new Map(Object.entries(values)) })

async function imported(store: TestImages, name: string, changes: string[] = [], root: Buffer = ROOT): Promise<string> {
  const reference = name ? { reference: parseReference(name) } : {}
  return await store.images.import({ source: once(root), changes, ...reference }, () => {}, never)
}
async function load(store: TestImages, archive: Uint8Array): Promise<ProgressLine[]> {
  const lines: ProgressLine[] = []
  await store.images.load(once(archive), line => lines.push(line), { quiet: false }, never)
  return lines
}

describe('import', () => {
  test('makes an image of one layer with the changes', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'made:1', [
      'CMD echo x',
      'ENTRYPOINT ["/a","b"]',
      'ENV A=1 B="2 3"',
      'ENV OLD one two',
      'EXPOSE 80 90-91/udp',
      'LABEL k=v',
      'USER nobody',
      'VOLUME /data',
      'WORKDIR /a',
      'WORKDIR b',
      'STOPSIGNAL SIGINT',
      'HEALTHCHECK --interval=5s --retries=3 CMD true',
      'ONBUILD RUN x',
    ])
    expect(store.images.inspect('made:1')).toMatchObject({
      Id: id,
      Comment: 'Imported from -',
      Size: 1000,
      Config: {
        Cmd: ['/bin/sh', '-c', 'echo x'],
        Entrypoint: ['/a', 'b'],
        Env: ['A=1', 'B=2 3', 'OLD=one two'],
        ExposedPorts: { '80/tcp': {}, '90/udp': {}, '91/udp': {} },
        Labels: { k: 'v' },
        User: 'nobody',
        Volumes: { '/data': {} },
        WorkingDir: '/a/b',
        StopSignal: 'SIGINT',
        Healthcheck: { Interval: 5e9, Retries: 3, Test: ['CMD-SHELL', 'true'] },
        OnBuild: ['RUN x'],
      },
    })
    expect(store.events).toEqual([`tag ${id} made:1`, `import ${id} ${id}`])
  })

  test.each([
    ['FOO x', 'FOO is not a valid change command'],
    ['RUN rm -rf /', 'RUN is not a valid change command'],
    ['EXPOSE 99999', 'EXPOSE: invalid containerPort: 99999'],
    ['ENV', 'ENV: requires at least one argument'],
    ['ENV "a', 'quote'],
    ['CONSTRUCTOR x', 'CONSTRUCTOR is not a valid change command'],
    ['__PROTO__ x', '__PROTO__ is not a valid change command'],
  ])('refuses %s and leaves nothing', async (change, message) => {
    await using store = new TestImages()
    await expect(imported(store, 'made:1', [change])).rejects.toThrow(message)
    expect(await store.contents()).toEqual(EMPTY)
  })

  test('of what is no tar leaves nothing', async () => {
    await using store = new TestImages()
    await expect(imported(store, 'made:1', [], Buffer.from('root:x:0:0\n'.repeat(200)))).rejects.toMatchObject({
      kind: 'invalid',
    })
    expect(await store.contents()).toEqual(EMPTY)
  })

  test('takes a tar from a URL', async () => {
    await using server = await FakeRegistry.start()
    await using store = new TestImages()
    server.intruder = (_, response) => {
      response.end(gzipSync(ROOT))
      return true
    }
    const lines: ProgressLine[] = []
    const request = { source: { url: `${server.host}/root.tar.gz` }, changes: [] }
    const id = await store.images.import(request, line => lines.push(line), never)
    expect(lines).toEqual([{ status: `Downloading from http://${server.host}/root.tar.gz` }])
    expect(store.images.inspect(id).Comment).toBe(`Imported from http://${server.host}/root.tar.gz`)
  })
})

describe('names', () => {
  test('an image is found by tag, id and the start of its id, never by another repository’s digest', async () => {
    await using store = new TestImages()
    await using registry = await FakeRegistry.start()
    const { digest, manifest } = registry.addImage([ROOT], '1')
    await store.pull(`${registry.host}/a:1`)
    const { id } = store.images.resolve(`${registry.host}/a:1`)
    expect(id).toBe(manifest.config.digest as never)
    for (const name of [id, id.slice(7), id.slice(7, 19), id.slice(0, 20), `${registry.host}/a@${digest}`]) {
      expect(store.images.resolve(name).id).toBe(id)
    }
    for (const name of [
      `${registry.host}/b@${digest}`,
      `b@${digest}`,
      `b:1@${digest}`,
      digest,
      'sha256:00',
      'nothing',
    ]) {
      expect(() => store.images.resolve(name)).toThrow('No such image')
    }
    expect(() => store.images.resolve('nothing')).toThrow('No such image: nothing:latest')
  })

  test('a tag moves, and the image it leaves stays without a name', async () => {
    await using store = new TestImages()
    const first = await imported(store, 'a:1', ['LABEL n=1'])
    const second = await imported(store, 'a:1', ['LABEL n=2'])
    expect(store.images.resolve('a:1').id).toBe(second as never)
    expect(store.images.inspect(first).RepoTags).toEqual([])
    expect(() => store.images.tag('a:1', parseReference('sha256:x'))).toThrow('refusing to create an ambiguous tag')
    expect(() => store.images.tag('nothing', parseReference('b'))).toThrow('No such image: nothing:latest')
  })

  test('references and images are there after a start', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'a:1')
    store.images.tag(id, parseReference('b'))
    const before = store.images.inspect('a:1')
    await store.close()
    store.open()
    expect(store.images.inspect('b:latest')).toEqual(before)
    expect(before.RepoTags).toEqual(['a:1', 'b:latest'])
  })
})

describe('list', () => {
  test('filters and sorts as Docker does', async () => {
    await using store = new TestImages()
    const one = await imported(store, 'one:1', ['LABEL kind=x', 'LABEL only=1'])
    const two = await imported(store, 'user/two:2', ['LABEL kind=y'])
    const three = await imported(store, '')
    const ids = (query?: Record<string, string[]>) => store.images.list(query && filters(query)).map(({ Id }) => Id)
    expect(ids()).toEqual([three, two, one])
    expect(ids({ dangling: ['true'] })).toEqual([three])
    expect(ids({ dangling: ['false'] })).toEqual([two, one])
    expect(ids({ label: ['kind=x'] })).toEqual([one])
    expect(ids({ label: ['kind'], 'label!': ['only'] })).toEqual([two])
    expect(ids({ before: ['user/two:2'] })).toEqual([one])
    expect(ids({ since: ['user/two:2'] })).toEqual([three])
    expect(ids({ reference: ['one'] })).toEqual([one])
    expect(ids({ reference: ['*/two:*'] })).toEqual([two])
    expect(ids({ until: ['1h'] })).toEqual([])
    expect(ids({ until: ['2200-01-01'] })).toHaveLength(3)
    expect(() => ids({ dangling: ['maybe'] })).toThrow("invalid filter 'dangling=[maybe]'")
    expect(() => ids({ before: ['nothing'] })).toThrow('No such image: nothing:latest')
    expect(() => ids({ reference: ['['] })).toThrow('syntax error in pattern')
    expect(() => ids({ until: ['zz'] })).toThrow('failed to parse value as time or duration: "zz"')
  })

  test('counts what images share, and the containers that use them', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'a', ['LABEL n=1'])
    await imported(store, 'b', ['LABEL n=2'])
    store.users.set(id, [{ containerId: 'c'.repeat(64), running: false }])
    const [b, a] = store.images.list({ sharedSize: true, containerCount: true })
    expect([a?.SharedSize, a?.Size, a?.Containers, b?.Containers]).toEqual([1000, 1000, 1, 0])
    expect(store.images.usage()).toMatchObject({ active: 1, bytes: 1000, reclaimable: 0 })
  })
})

describe('remove', () => {
  const container = (running: boolean) => [{ containerId: 'abcdef012345'.padEnd(64, '0'), running }]

  test('takes the image with its last name, and its space comes back', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'a:1')
    store.images.tag('a:1', parseReference('a:2'))
    expect(store.images.remove('a:1')).toEqual([{ Untagged: 'a:1' }])
    const [layer = ''] = store.images.resolve('a:2').diffIds
    expect(store.images.remove('a:2')).toEqual([{ Untagged: 'a:2' }, { Deleted: id }, { Deleted: layer }])
    expect(await store.contents()).toEqual(EMPTY)
    expect(store.events.slice(-3)).toEqual([`untag ${id} ${id}`, `untag ${id} ${id}`, `delete ${id} ${id}`])
  })

  test('keeps layers that another image has', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'a', ['LABEL n=1'])
    await imported(store, 'b', ['LABEL n=2'])
    expect(store.images.remove('a')).toEqual([{ Untagged: 'a:latest' }, { Deleted: id }])
    expect(await store.contents()).toMatchObject({ layers: 1, blobs: 1 })
  })

  test('of a pulled image takes its digest along', async () => {
    await using store = new TestImages()
    await using registry = await FakeRegistry.start()
    const { digest } = registry.addImage([ROOT], '1')
    await store.pull(`${registry.host}/a:1`)
    expect(store.images.remove(`${registry.host}/a:1`).slice(0, 2)).toEqual([
      { Untagged: `${registry.host}/a:1` },
      { Untagged: `${registry.host}/a@${digest}` },
    ])
    expect(await store.contents()).toEqual(EMPTY)
  })

  test('is refused for what is in use, in Docker’s words', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'a:1')
    const short = id.slice(7, 19)
    store.users.set(id, container(false))
    expect(() => store.images.remove('a:1')).toThrow(
      `conflict: unable to remove repository reference "a:1" (must force) - container abcdef012345 is using its referenced image ${short}`,
    )
    expect(() => store.images.remove(id)).toThrow(
      `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container abcdef012345`,
    )
    store.users.set(id, container(true))
    expect(() => store.images.remove(id, { force: true })).toThrow(
      `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container abcdef012345`,
    )
    store.users.clear()
    store.images.tag('a:1', parseReference('b:1'))
    expect(() => store.images.remove(id)).toThrow(
      `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
    )
    expect(store.images.inspect(id).RepoTags).toEqual(['a:1', 'b:1'])
    expect(
      store.images
        .remove(id, { force: true })
        .map(({ Untagged }) => Untagged)
        .filter(Boolean),
    ).toEqual(['a:1', 'b:1'])
  })

  test('by force leaves the layers to the containers, until they are gone', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'a:1')
    store.users.set(id, container(false))
    store.images.remove('a:1', { force: true })
    expect(() => store.images.resolve(id)).toThrow('No such image')
    expect(store.images.byId(id)?.diffIds).toHaveLength(1)
    await store.close()
    store.open()
    expect(await store.contents()).toMatchObject({ layers: 1 })
    store.users.clear()
    store.images.released(id)
    expect(store.images.byId(id)).toBeUndefined()
    expect(await store.contents()).toEqual(EMPTY)
  })

  test('by force of the name of a running container’s image only takes the name', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'a:1')
    store.users.set(id, container(true))
    expect(store.images.remove('a:1', { force: true })).toEqual([{ Untagged: 'a:1' }])
    expect(store.images.resolve(id).id).toBe(id as never)
  })

  test('of what is not there says so', async () => {
    await using store = new TestImages()
    expect(() => store.images.remove('nothing')).toThrow('No such image: nothing:latest')
  })
})

describe('save and load', () => {
  test('give the same image back', async () => {
    await using store = new TestImages()
    const id = await imported(store, 'a:1', ['CMD x'])
    store.images.tag('a:1', parseReference('b/c:2'))
    const archive = await collected(store.images.save(['a:1', 'b/c']))
    store.images.remove(id, { force: true })
    const lines = await load(store, gzipSync(archive))
    expect(lines.map(({ stream }) => stream).filter(Boolean)).toEqual(['Loaded image: a:1\n', 'Loaded image: b/c:2\n'])
    expect(store.images.inspect('b/c:2').Id).toBe(id)
    expect(store.events).toContain(`load ${id} ${id}`)
    expect(await load(store, archive)).toEqual([{ stream: 'Loaded image: a:1\n' }, { stream: 'Loaded image: b/c:2\n' }])
  })

  test('an image saved by its id comes back without a name', async () => {
    await using store = new TestImages()
    const id = await imported(store, '')
    const archive = await collected(store.images.save([id.slice(7, 19)]))
    store.images.remove(id)
    expect((await load(store, archive)).at(-1)).toEqual({ stream: `Loaded image ID: ${id}\n` })
  })

  test('a layer that was pulled compressed is saved as it came', async () => {
    await using store = new TestImages()
    await using registry = await FakeRegistry.start()
    registry.addImage([ROOT], '1')
    await store.pull(`${registry.host}/a:1`)
    const archive = await collected(store.images.save([`${registry.host}/a:1`]))
    await using other = new TestImages()
    await load(other, archive)
    expect(other.images.inspect(`${registry.host}/a:1`).Id).toBe(store.images.inspect(`${registry.host}/a:1`).Id)
  })

  test('a tag that an archive takes over is told of', async () => {
    await using store = new TestImages()
    await imported(store, 'a:1', ['LABEL n=1'])
    const archive = await collected(store.images.save(['a:1']))
    const trusted = await imported(store, 'a:1', ['LABEL n=2'])
    expect((await load(store, archive))[0]?.stream).toStartWith(
      `The image a:1 already exists, renaming the old one with ID ${trusted}`,
    )
  })

  test('an archive for several platforms gives its name to the one that runs here', async () => {
    const layout = (architectures: string[]) => {
      const files: Record<string, string | Uint8Array> = {}
      const blob = (content: string | Uint8Array, mediaType: string) => {
        const bytes = Buffer.from(content as string)
        files[`blobs/sha256/${digestOf(bytes).slice(7)}`] = bytes
        return { mediaType, digest: digestOf(bytes), size: bytes.length }
      }
      const manifests = architectures.map(architecture => {
        const root = tarOf({ arch: architecture })
        const config = { os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: [digestOf(root)] } }
        const manifest = {
          schemaVersion: 2,
          mediaType: MEDIA_TYPES.ociManifest,
          config: blob(JSON.stringify(config), MEDIA_TYPES.ociConfig),
          layers: [blob(root, MEDIA_TYPES.ociLayer)],
        }
        return blob(JSON.stringify(manifest), MEDIA_TYPES.ociManifest)
      })
      const index = blob(
        JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }),
        MEDIA_TYPES.ociIndex,
      )
      const annotations = { 'io.containerd.image.name': 'docker.io/library/multi:1' }
      files['index.json'] = JSON.stringify({ schemaVersion: 2, manifests: [{ ...index, annotations }] })
      files['oci-layout'] = '{"imageLayoutVersion":"1.0.0"}'
      return tarOf(files)
    }
    await using store = new TestImages()
    const archive = layout(['s390x', hostPlatform().architecture, 'riscv64'])
    await load(store, archive)
    expect(store.images.inspect('multi:1').Architecture).toBe(hostPlatform().architecture)
    expect(await store.contents()).toMatchObject({ layers: 1 })
    const asked = { quiet: true, platform: parsePlatform('linux/riscv64') }
    await store.images.load(once(archive), () => {}, asked, never)
    expect(store.images.inspect('multi:1').Architecture).toBe('riscv64')
    const none = { quiet: true, platform: parsePlatform('linux/ppc64le') }
    await expect(store.images.load(once(archive), () => {}, none, never)).rejects.toThrow(
      'does not match the specified platform',
    )
  })

  test('what is named wrongly is told before the first byte', async () => {
    await using store = new TestImages()
    await imported(store, 'a:1')
    expect(() => store.images.save(['nothing'])).toThrow('No such image: nothing')
    expect(() => store.images.save(['a:2'])).toThrow('reference does not exist')
  })

  test('a cut, a flipped and a foreign archive leave nothing', async () => {
    await using store = new TestImages()
    await imported(store, 'a:1', [], tarOf({ big: 'y'.repeat(50_000) }))
    const archive = await collected(store.images.save(['a:1']))
    store.images.remove('a:1')
    const flipped = Buffer.from(archive)
    flipped.fill(7, 10_000, 10_064)
    for (const bad of [
      archive.subarray(0, 20_000),
      flipped,
      tarOf({ x: 'y' }),
      Buffer.from('no tar'),
      Buffer.alloc(0),
    ]) {
      await expect(load(store, bad)).rejects.toMatchObject({ kind: 'invalid' })
      expect(store.images.list({ all: true })).toEqual([])
      expect(await store.contents()).toEqual(EMPTY)
    }
  })
})

test('history tells of the steps, newest first, whatever the config claims', async () => {
  await using store = new TestImages()
  await using registry = await FakeRegistry.start()
  const history = [
    { created_by: 'base', created: '2024-01-02T03:04:05.5Z' },
    null,
    { empty_layer: true, comment: 'c', created_by: 'more' },
    { created_by: 'too many' },
  ]
  registry.addImage([ROOT], '1', { history })
  await store.pull(`${registry.host}/a:1`)
  const items = store.images.history(`${registry.host}/a:1`)
  expect(items.map(({ CreatedBy, Size, Created }) => [CreatedBy, Size, Created])).toEqual([
    ['too many', 0, 0],
    ['more', 0, 0],
    ['', 0, 0],
    ['base', 1000, 1704164645],
  ])
  expect(items.map(({ Id }) => Id.slice(0, 9))).toEqual([
    `sha256:${items[0]!.Id.slice(7, 9)}`,
    '<missing>',
    '<missing>',
    '<missing>',
  ])
  expect(items.map(({ Tags }) => Tags)).toEqual([[`${registry.host}/a:1`], null, null, null])
})

test('a config in which everything is null can be listed, inspected and told of', async () => {
  await using store = new TestImages()
  await using registry = await FakeRegistry.start()
  registry.addImage([ROOT], '1', {
    config: null,
    history: null,
    created: null,
    container_config: null,
    architecture: null,
  })
  const name = `${registry.host}/a:1`
  await store.pull(name)
  expect(store.images.history(name)).toEqual([])
  expect(store.images.inspect(name)).toMatchObject({ Created: '', Config: { Env: null } })
  expect(store.images.list()[0]).toMatchObject({ Created: 0, Labels: null })
})
