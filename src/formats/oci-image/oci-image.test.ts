import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseImageConfig } from './config.ts'
import { parseManifest } from './manifest.ts'
import { MEDIA_TYPES } from './media-types.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const descriptor = (mediaType: string) => ({ mediaType, digest: DIGEST, size: 3 })
const manifest = {
  schemaVersion: 2,
  mediaType: MEDIA_TYPES.ociManifest,
  config: descriptor(MEDIA_TYPES.ociConfig),
  layers: [descriptor(MEDIA_TYPES.ociLayerGzip)],
}
const index = {
  schemaVersion: 2,
  mediaType: MEDIA_TYPES.ociIndex,
  manifests: [{ ...descriptor(MEDIA_TYPES.ociManifest), platform: { os: 'linux', architecture: 'amd64' } }],
}

describe('parseManifest', () => {
  test('reads a manifest and an index', () => {
    expect(parseManifest(bytes(manifest), MEDIA_TYPES.ociManifest).kind).toBe('manifest')
    expect(parseManifest(bytes(index), `${MEDIA_TYPES.ociIndex}; charset=utf-8`).kind).toBe('index')
  })

  test('without any media type the fields decide', () => {
    const { mediaType: _, ...bare } = manifest
    expect(parseManifest(bytes(bare)).kind).toBe('manifest')
    expect(parseManifest(bytes({ schemaVersion: 2, manifests: [] }), 'application/json').kind).toBe('index')
  })

  test.each([
    ['a manifest sent as an index', manifest, MEDIA_TYPES.ociIndex, 'does not match Content-Type'],
    ['an index sent as a manifest', index, MEDIA_TYPES.dockerManifest, 'does not match Content-Type'],
    ['manifests and layers at once', { ...manifest, manifests: [] }, undefined, 'must not have manifests'],
    ['an index with a config', { ...index, config: manifest.config }, undefined, 'must not have config'],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, undefined, 'schema 1 support has been removed'],
    ['no schema version', { manifests: [] }, undefined, 'schemaVersion must be 2'],
    [
      'a digest that is a path',
      { ...manifest, config: { ...manifest.config, digest: '../../etc/passwd' } },
      undefined,
      'config.digest: invalid checksum digest format',
    ],
    [
      'a digest of another length',
      { ...manifest, layers: [{ ...manifest.layers[0], digest: 'sha256:ab' }] },
      undefined,
      'layers[0].digest: invalid checksum digest length',
    ],
    [
      'a negative size',
      { ...manifest, config: { ...manifest.config, size: -1 } },
      undefined,
      'config.size must not be negative',
    ],
    ['a layer that is null', { ...manifest, layers: [null] }, undefined, 'layers[0] must be an object'],
    ['no config', { ...manifest, config: undefined }, undefined, 'config must be an object'],
    [
      'a chart',
      { ...manifest, config: descriptor('application/vnd.cncf.helm.config.v1+json') },
      undefined,
      'is not the config of a container image',
    ],
    ['126 layers', { ...manifest, layers: Array(126).fill(manifest.layers[0]) }, undefined, 'more than 125 layers'],
    [
      'an index without end',
      { ...index, manifests: Array(1025).fill(index.manifests[0]) },
      undefined,
      'more than 1024 manifests',
    ],
    ['a list', [], undefined, 'document must be an object'],
    ['no JSON', '{', undefined, 'not JSON'],
  ])('%s is refused', (_, document, contentType, message) => {
    expect(() => parseManifest(bytes(document), contentType)).toThrow(message)
  })

  test('the urls of a foreign layer are not kept', () => {
    const foreign = {
      ...descriptor('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'),
      urls: ['http://evil/'],
    }
    expect(JSON.stringify(parseManifest(bytes({ ...manifest, layers: [foreign] })))).not.toContain('evil')
  })
})

describe('parseImageConfig', () => {
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [DIGEST] } }
  const defaults = (value: unknown) => parseImageConfig(bytes({ ...config, config: value })).config

  test('null stands for absent everywhere', () => {
    const read = parseImageConfig(
      bytes({ ...config, history: null, created: null, config: { Env: null, Cmd: null, Volumes: null, Labels: null } }),
    )
    expect(read).toEqual({
      ...config,
      rootfs: { type: 'layers', diff_ids: [DIGEST] },
      config: {},
      history: [],
    } as never)
    expect(parseImageConfig(bytes({ ...config, history: [null, {}] })).history).toEqual([{}, {}])
  })

  test('an Env entry without a name or without = is dropped', () => {
    expect(defaults({ Env: ['A=1', 'HOME', '*', '=x', ''] }).Env).toEqual(['A=1'])
  })

  test('a volume with .. stays inside the root', () => {
    expect(Object.keys(defaults({ Volumes: { '/a/../../../etc': {}, '../x/': {} } }).Volumes ?? {})).toEqual([
      '/etc',
      '/x',
    ])
  })

  test('a key that is special to JavaScript is a key like any other', () => {
    const read = parseImageConfig(
      bytes(`{"rootfs":{"type":"layers"},"config":{"Labels":{"__proto__":"x","constructor":"y"}}}`),
    )
    expect(Object.entries(read.config.Labels ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  test('what an image may not decide is not read', () => {
    expect(
      defaults({ HostConfig: { Privileged: true }, SecurityOpt: ['seccomp=unconfined'], NetworkMode: 'host' }),
    ).toEqual({})
  })

  test.each([
    [{ ...config, rootfs: null }, 'rootfs must be an object'],
    [{ ...config, rootfs: { type: 'layers', diff_ids: ['x'] } }, 'rootfs.diff_ids[0]'],
    [{ ...config, config: { Env: [1] } }, 'config.Env[0] must be a string'],
    [{ ...config, config: { WorkingDir: '/a\0b' } }, 'config.WorkingDir must not contain NUL'],
    [{ ...config, config: { Cmd: { a: 1 } } }, 'config.Cmd must be a list'],
    [{ ...config, history: { a: 1 } }, 'history must be a list'],
    [{ ...config, config: { Labels: ['a'] } }, 'config.Labels must be an object'],
    [{ ...config, config: { StopTimeout: 1e300 } }, 'config.StopTimeout must be a whole number'],
  ])('%j is refused by the name of its field', (document, message) => {
    expect(() => parseImageConfig(bytes(document))).toThrow(message)
  })

  test('no JSON makes it throw anything but a fault of kind invalid', () => {
    const property = fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      for (const read of [
        () => parseImageConfig(bytes({ ...config, config: a, history: b })),
        () => parseManifest(bytes({ schemaVersion: 2, config: a, layers: b })),
      ]) {
        try {
          read()
        } catch (fault) {
          expect(fault).toMatchObject({ kind: 'invalid' })
        }
      }
    })
    fc.assert(property)
  })
})
