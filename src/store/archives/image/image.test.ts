import { describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { tarMembers } from '../../../formats/tar/members.ts'
import type { LayerIngested } from '../../layers/layers.ts'
import { archiveOf, chunked, collect, type Member, sha256 } from '../../testing/archive.ts'
import { loadImages } from './load.ts'
import { type ImageToSave, saveImages } from './save.ts'

const layer = archiveOf({ name: 'etc/motd', content: 'hello'.repeat(400) })
const zipped = gzipSync(layer)
const configOf = (diffIds: string[]) =>
  Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } }),
  )
const config = configOf([sha256(layer)])
const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`
const hex = (bytes: Uint8Array) => sha256(bytes).slice(7)
const json = (value: unknown) => JSON.stringify(value)

/** Takes layers as the store does, as far as digests go. */
function taker() {
  const taken: string[] = []
  const take = async ({
    body,
    digest,
  }: {
    body: AsyncIterable<Uint8Array>
    digest?: string
  }): Promise<LayerIngested> => {
    const bytes = await collect(body)
    const plain = bytes[0] === 0x1f ? Buffer.from(Bun.gunzipSync(new Uint8Array(bytes))) : bytes
    if (digest !== undefined && digest !== sha256(bytes)) throw new Error('wrong digest')
    taken.push(sha256(plain))
    return { digest: sha256(bytes), size: bytes.length, diffId: sha256(plain), diffSize: plain.length, contentSize: 0 }
  }
  return { taken, take }
}

const load = (...members: Member[]) => loadImages(chunked(archiveOf(...members), 700), taker().take)
const manifestMember = (item: Record<string, unknown>): Member => ({ name: 'manifest.json', content: json([item]) })
const good = { Config: 'config.json', RepoTags: ['a:1'], Layers: ['layer.tar'] }
const configMember: Member = { name: 'config.json', content: config }
const layerMember: Member = { name: 'layer.tar', content: layer }

describe('loadImages', () => {
  test('reads a docker-archive whose manifest.json comes last, and one where it comes first', async () => {
    const members = [configMember, layerMember, manifestMember(good)]
    for (const order of [members, members.toReversed()]) {
      const [image] = await load(...order)
      expect(image).toMatchObject({ id: sha256(config), tags: ['a:1'] })
      expect(image!.layers.map(({ diffId }) => diffId)).toEqual([sha256(layer)])
    }
  })

  test('reads old archives: a directory for each layer, links between them', async () => {
    const two = configOf([sha256(layer), sha256(layer)])
    const [image] = await load(
      { name: 'one/', type: 'directory' },
      { name: 'one/VERSION', content: '1.0' },
      { name: 'one/json', content: '{}' },
      { name: 'one/layer.tar', content: layer },
      { name: 'two/layer.tar', type: 'symlink', linkName: '../one/layer.tar' },
      { name: `${hex(two)}.json`, content: two },
      manifestMember({ Config: `${hex(two)}.json`, RepoTags: null, Layers: ['one/layer.tar', 'two/layer.tar'] }),
      { name: 'repositories', content: '{}' },
    )
    expect([image!.tags, image!.layers.length]).toEqual([[], 2])
  })

  const ociManifest = Buffer.from(
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(config), size: config.length },
      layers: [
        { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: sha256(zipped), size: zipped.length },
      ],
    }),
  )
  const descriptor = (
    bytes: Uint8Array,
    annotations?: Record<string, string>,
    mediaType = 'application/vnd.oci.image.manifest.v1+json',
  ) => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
    annotations,
  })
  const index = (...manifests: unknown[]) =>
    json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests })
  const blobs: Member[] = [config, zipped, ociManifest].map(bytes => ({ name: blob(sha256(bytes)), content: bytes }))
  const layout: Member = { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' }

  test('reads an OCI layout with a compressed layer, whatever stands first', async () => {
    const top: Member = {
      name: 'index.json',
      content: index(descriptor(ociManifest, { 'io.containerd.image.name': 'docker.io/library/a:1' })),
    }
    for (const members of [
      [layout, top, ...blobs],
      [...blobs, top, layout],
    ]) {
      const [image] = await load(...members)
      expect(image).toMatchObject({
        id: sha256(config),
        tags: ['docker.io/library/a:1'],
        manifest: { digest: sha256(ociManifest) },
      })
      expect(image!.layers[0]).toMatchObject({ digest: sha256(zipped), diffId: sha256(layer) })
    }
  })

  test('an index in an index is followed, one that fans out without end is not', async () => {
    const inner = Buffer.from(index(descriptor(ociManifest)))
    const indexType = 'application/vnd.oci.image.index.v1+json'
    const images = await load(
      layout,
      ...blobs,
      { name: blob(sha256(inner)), content: inner },
      { name: 'index.json', content: index(descriptor(inner, undefined, indexType)) },
    )
    expect(images).toHaveLength(1)
    let fan = inner
    const members: Member[] = []
    for (let level = 0; level < 9; level++) {
      fan = Buffer.from(index(...Array.from({ length: 10 }, () => descriptor(fan, undefined, indexType))))
      members.push({ name: blob(sha256(fan)), content: fan })
    }
    await expect(
      load(layout, ...blobs, ...members, { name: 'index.json', content: index(descriptor(fan, undefined, indexType)) }),
    ).rejects.toThrow('too many')
  })

  const refused: [string, Member[], string][] = [
    ['no image', [layout], 'holds no image'],
    ['a name that leads out', [{ name: '../../etc/passwd', content: 'x' }], 'outside of the directory'],
    [
      'manifest.json as a link',
      [{ name: 'manifest.json', type: 'symlink', linkName: '/etc/passwd' }],
      'manifest.json as a link',
    ],
    [
      'index.json as a link',
      [{ name: 'index.json', type: 'symlink', linkName: '/etc/passwd' }],
      'index.json as a link',
    ],
    ['oci-layout as a hard link', [{ name: 'oci-layout', type: 'link', linkName: 'x' }], 'oci-layout as a link'],
    ['blobs as a link', [{ name: 'blobs', type: 'symlink', linkName: '/etc' }], 'blobs as a link'],
    ['a blob as a link', [{ name: blob(sha256('x')), type: 'symlink', linkName: '/etc/passwd' }], 'as a link'],
    [
      'a link that leads out',
      [{ name: 'a/layer.tar', type: 'symlink', linkName: '../../etc/passwd' }],
      'outside of the directory',
    ],
    ['a device', [{ name: 'disk', type: 'block', deviceMajor: 8 }], 'unexpected block'],
    ['a member twice', [configMember, configMember], 'config.json twice'],
    ['a blob with another digest', [{ name: blob(sha256('x')), content: '{"a":1}' }], 'does not match its digest'],
    ['a layer with another digest', [{ name: blob(sha256('x')), content: layer }], 'wrong digest'],
    ['a config of the host', [layerMember, manifestMember({ ...good, Config: '/etc/passwd' })], 'no such file'],
    [
      'a config outside',
      [layerMember, manifestMember({ ...good, Config: '../../etc/passwd' })],
      'outside of the directory',
    ],
    ['a layer that is not there', [configMember, manifestMember(good)], 'open layer.tar: no such file'],
    [
      'a layer of another diffID',
      [{ ...configMember, content: configOf([sha256('x')]) }, layerMember, manifestMember(good)],
      'invalid diffID for layer 0',
    ],
    [
      'more layers than the config has',
      [configMember, layerMember, manifestMember({ ...good, Layers: ['layer.tar', 'layer.tar'] })],
      'length mismatch',
    ],
    ['a manifest that is no list', [{ name: 'manifest.json', content: '{}' }], 'manifest.json'],
    ['a manifest that is no JSON', [{ name: 'manifest.json', content: '[' }], 'not JSON'],
    ['a manifest of wrong types', [manifestMember({ Config: 1 })], 'Config'],
    ['a config without rootfs', [{ ...configMember, content: '{}' }, layerMember, manifestMember(good)], 'rootfs'],
    ['metadata without end', [{ name: 'x.json', content: `{"a":"${'x'.repeat(9_000_000)}"}` }], 'larger than'],
  ]
  test.each(refused)('refuses %s', async (_, members, message) => {
    await expect(load(...members)).rejects.toThrow(message)
  })
})

describe('saveImages', () => {
  const image: ImageToSave = {
    id: sha256(config),
    configBytes: config,
    created: '2026-01-02T03:04:05Z',
    layers: [{ digest: sha256(zipped), size: zipped.length, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }],
    tags: [{ familiar: 'a:1', full: 'docker.io/library/a:1', repository: 'a', tag: '1' }],
  }
  const save = (...images: ImageToSave[]) => collect(saveImages(images, () => chunked(zipped, 100)))

  test('what is saved is loaded again, by either way in', async () => {
    const bytes = await save(image, { ...image, tags: [] })
    const byManifest = await loadImages(chunked(bytes), taker().take)
    expect(byManifest.map(({ id, tags }) => [id, tags])).toEqual([
      [image.id, ['a:1']],
      [image.id, []],
    ])
    const asLayout = await withoutMember(bytes, 'manifest.json')
    expect((await loadImages(chunked(asLayout), taker().take))[0]).toMatchObject({
      id: image.id,
      tags: ['docker.io/library/a:1'],
    })
  })

  test('a layer of two images is written once, and the same images give the same bytes', async () => {
    const bytes = await save(image, image)
    expect(bytes.toString('latin1').split(blob(sha256(zipped))).length - 1).toBe(3)
    expect((await save(image, image)).equals(bytes)).toBe(true)
  })

  test('a blob that is shorter than it should be breaks the stream off', async () => {
    const short = { ...image, layers: [{ ...image.layers[0]!, size: zipped.length + 1 }] }
    await expect(save(short)).rejects.toThrow('bytes long')
  })
})

async function withoutMember(archive: Buffer, left: string): Promise<Buffer> {
  const members: Member[] = []
  for await (const { entry, body } of tarMembers(chunked(archive))) {
    if (entry.name !== left) members.push({ ...entry, content: await collect(body) })
  }
  return archiveOf(...members)
}
