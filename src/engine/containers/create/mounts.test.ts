import { describe, expect, test } from 'bun:test'
import { Fault } from '../../../base/faults.ts'
import type { ContainerConfig, HostConfig, Mount } from '../../../formats/engine-api/container.ts'
import { prepare } from './testing/defaults.ts'

const message = (hostConfig: HostConfig, config: ContainerConfig = {}): string => {
  try {
    prepare(hostConfig, config)
  } catch (failure) {
    if (failure instanceof Fault) return failure.message
    throw failure
  }
  return ''
}
const mount = (fields: Partial<Mount>): HostConfig => ({ Mounts: [fields as Mount] })
const invalid = (type: string, why: string) => `invalid mount config for type "${type}": ${why}`

const BINDS: [string, string][] = [
  ['', "invalid volume specification: ''"],
  [':/x', "invalid volume specification: ':/x'"],
  ['a:b:c:d', "invalid volume specification: 'a:b:c:d'"],
  ['/etc:ro', "invalid volume specification: '/etc:ro'"],
  ['/etc:/x:bad', 'invalid mode: bad'],
  ['/etc:/x:ro,rw', 'invalid mode: ro,rw'],
  ['/etc:/x:z,Z', 'invalid mode: z,Z'],
  [
    '/etc:/',
    `invalid volume specification: '/etc:/': ${invalid('bind', "invalid specification: destination can't be '/'")}`,
  ],
  [
    '/x:/a/../..',
    `invalid volume specification: '/x:/a/../..': ${invalid('bind', "invalid specification: destination can't be '/'")}`,
  ],
  [
    '/etc:etc',
    `invalid volume specification: '/etc:etc': ${invalid('bind', "invalid mount path: 'etc' mount path must be absolute")}`,
  ],
  ['/etc::ro', `invalid volume specification: '/etc::ro': ${invalid('bind', 'field Target must not be empty')}`],
  [
    '/etc:/x:nocopy',
    `invalid volume specification: '/etc:/x:nocopy': ${invalid('bind', 'field VolumeOptions must not be specified')}`,
  ],
  [
    'vol:/x:shared',
    `invalid volume specification: 'vol:/x:shared': ${invalid('volume', 'field BindOptions must not be specified')}`,
  ],
  ['.:/x', 'create .: volume name is too short, names should be at least two alphanumeric characters'],
  [
    'a/b:/x',
    'create a/b: "a/b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
  ],
  ['/etc:/proc/self', 'cannot be mounted because it is inside /proc'],
]

const MOUNTS: [Partial<Mount>, string][] = [
  [{}, invalid('', 'field Target must not be empty')],
  [{ Type: 'bind' }, invalid('bind', 'field Target must not be empty')],
  [{ Type: 'bind', Target: '/x' }, invalid('bind', 'field Source must not be empty')],
  [
    { Type: 'bind', Source: 'etc', Target: '/x' },
    invalid('bind', "invalid mount path: 'etc' mount path must be absolute"),
  ],
  [{ Type: 'bind', Source: '/nowhere', Target: '/x' }, invalid('bind', 'bind source path does not exist: /nowhere')],
  [
    { Type: 'bind', Source: '/etc', Target: '/x/..' },
    invalid('bind', "invalid specification: destination can't be '/'"),
  ],
  [
    { Type: 'bind', Source: '/etc', Target: '/x', VolumeOptions: {} },
    'VolumeOptions must not be specified on mount type "bind"',
  ],
  [
    { Type: 'bind', Source: '/etc', Target: '/x', BindOptions: { Propagation: 'x' } },
    invalid('bind', 'invalid propagation mode: x'),
  ],
  [
    { Type: 'bind', Source: '/etc', Target: '/x', BindOptions: { ReadOnlyForceRecursive: true } },
    invalid('bind', 'mount options conflict: !ReadOnly && BindOptions.ReadOnlyForceRecursive'),
  ],
  [{ Type: 'volume', Target: '/x', ReadOnly: true }, 'must not set ReadOnly mode when using anonymous volumes'],
  [
    { Type: 'volume', Target: '/x', VolumeOptions: { Subpath: '../x' } },
    'must not set Subpath when using anonymous volumes',
  ],
  [
    { Type: 'volume', Source: 'vol', Target: '/x', VolumeOptions: { Subpath: '../x' } },
    invalid('volume', 'subpath must be a relative path within the volume'),
  ],
  [{ Type: 'tmpfs', Target: '/x', Source: 'a' }, invalid('tmpfs', 'field Source must not be specified')],
  [{ Type: 'npipe', Target: '/x', Source: 'a' }, invalid('npipe', 'mount type unknown')],
  [{ Type: 'image', Target: '/x' }, invalid('image', 'field Source must not be empty')],
  [{ Type: 'image', Target: '/x', Source: 'a' }, invalid('image', 'No such image: a')],
  [
    { Type: 'image', Source: 'tools', Target: '/x', ImageOptions: { Subpath: '/etc' } },
    invalid('image', 'subpath must be a relative path within the image'),
  ],
]

describe('refused, in Docker’s words:', () => {
  test.each(BINDS)('-v %j', (raw, text) => expect(message({ Binds: [raw] })).toContain(text))
  test.each(MOUNTS)('--mount %j', (fields, text) => expect(message(mount(fields))).toContain(text))
  test.each(['', '/', 'x'])('--tmpfs %j', target => expect(message({ Tmpfs: { [target]: '' } })).not.toBe(''))
  test.each(['bad', 'size=abc', 'bind', 'context=foo', 'size=1,remount'])('a tmpfs with %j', options =>
    expect(message({ Tmpfs: { '/x': options } })).toContain('invalid tmpfs option'),
  )
  test('two mounts at one place', () => {
    expect(message({ Binds: ['/etc:/x:ro', '/etc:/x/'] })).toBe('Duplicate mount point: /x')
    expect(message({ Binds: ['/etc:/x'], Tmpfs: { '/y/../x': '' } })).toBe('Duplicate mount point: /x')
    expect(message({ Binds: ['/etc:/x'], ...mount({ Type: 'tmpfs', Target: '/x' }) })).toBe('Duplicate mount point: /x')
  })
  test('--volumes-from a stranger', () => {
    expect(message({ VolumesFrom: ['nope'] })).toBe('No such container: nope')
    expect(message({ VolumesFrom: ['other:nocopy'] })).toBe('invalid mode: nocopy')
    expect(message({ VolumesFrom: [''] })).toBe('volumes-from specification cannot be an empty string')
  })
})

describe('planned:', () => {
  test('binds, named and anonymous volumes, tmpfs', () => {
    const { mounts, volumes } = prepare(
      {
        Binds: ['/etc/:/x/../b:ro,z', 'vol1:/v', '/a'],
        Mounts: [{ Type: 'volume', Target: '/q', VolumeOptions: { Labels: { l: '1' }, NoCopy: true } }],
        Tmpfs: { '/t': 'size=64m,exec' },
      },
      { Volumes: { '/w/': {}, '/v': {} } },
    )
    const at = (destination: string) => mounts.find(mount => mount.destination === destination)
    expect(at('/b')).toMatchObject({
      type: 'bind',
      source: '/etc',
      readOnly: true,
      mode: 'ro,z',
      propagation: 'rprivate',
    })
    expect(at('/v')).toMatchObject({ type: 'volume', name: 'vol1', source: '/data/volumes/vol1/_data', mode: 'z' })
    expect(at('/a')).toMatchObject({ type: 'volume', anonymous: true })
    expect(at('/w')?.name).toMatch(/^[0-9a-f]{64}$/)
    expect(at('/t')?.tmpfsOptions).toEqual(['nosuid', 'nodev', 'size=64m', 'exec'])
    expect(volumes.find(({ name }) => name === 'vol1')).toMatchObject({ copyFrom: '/v', anonymous: false })
    expect(volumes.find(({ labels }) => labels['l'] === '1')).not.toHaveProperty('copyFrom')
    expect(volumes).toHaveLength(4)
  })
  test('an image’s volume path with `..` stays inside [CVE-2022-23648]', () =>
    expect(prepare({}, { Volumes: { '/../../etc': {} } }).mounts[0]?.destination).toBe('/etc'))
})
