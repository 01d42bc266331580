import { describe, expect, test } from 'bun:test'
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../host/processes/run.ts'
import { attribute, scene, unpack } from '../testing/unpack-scene.ts'

describe('names', () => {
  test('a link inside is followed as the container would', async () => {
    await using at = await scene()
    unpack(at.root, [
      { name: 'run', type: 'directory' },
      { name: 'var/run', type: 'symlink', linkName: '/run' },
      { name: 'var/run/pid', content: '1' },
    ])
    expect(await readFile(join(at.root, 'run/pid'), 'utf8')).toBe('1')
  })

  test('bytes that are no UTF-8 stay what they are', async () => {
    await using at = await scene()
    unpack(at.root, [{ name: 'a\xff\xfe', content: 'x' }])
    expect((await readdir(at.root, { encoding: 'buffer' }))[0]!.toString('latin1')).toBe('a\xff\xfe')
  })

  test('over-long ones are a fault that names them, not a crash', async () => {
    await using at = await scene()
    for (const name of ['n'.repeat(300), 'n/'.repeat(3000), 'x'.repeat(100_000)]) {
      expect(() => unpack(at.root, [{ name, content: 'x' }])).toThrow(/cannot unpack ".*name too long/s)
    }
  })

  test('an over-long attribute name is left out', async () => {
    await using at = await scene()
    unpack(at.root, [
      { name: 'f', content: 'x', attributes: new Map([[`user.${'a'.repeat(5000)}`, Buffer.from('x')]]) },
    ])
    expect(await readFile(join(at.root, 'f'), 'utf8')).toBe('x')
  })

  test('a hard link to itself is refused', async () => {
    await using at = await scene()
    expect(() =>
      unpack(at.root, [
        { name: 'f', content: 'x' },
        { name: './f', type: 'link', linkName: 'f' },
      ]),
    ).toThrow('itself')
  })

  test('a hard link to what is not there is refused', async () => {
    await using at = await scene()
    expect(() => unpack(at.root, [{ name: 'h', type: 'link', linkName: 'gone' }])).toThrow('cannot unpack "h"')
  })
})

describe('whiteouts', () => {
  test('become what overlay reads', async () => {
    await using at = await scene()
    unpack(at.root, [{ name: 'd/.wh.gone' }, { name: 'o/.wh..wh..opq' }, { name: '.wh..wh.plnk', type: 'directory' }])
    const node = await lstat(join(at.root, 'd/gone'))
    expect([node.isCharacterDevice(), node.rdev]).toEqual([true, 0])
    expect(attribute(at.root, 'o', 'trusted.overlay.opaque')).toEqual(new Uint8Array([0x79]))
    expect((await readdir(at.root)).sort()).toEqual(['d', 'o'])
  })

  test('hide only what is below: what the layer has itself stays, whichever comes first', async () => {
    await using at = await scene()
    unpack(at.root, [
      { name: 'a/own', content: '1' },
      { name: '.wh.a' },
      { name: '.wh.b' },
      { name: 'b', type: 'directory' },
      { name: 'c', content: '2' },
      { name: '.wh.c' },
    ])
    expect(attribute(at.root, 'a', 'trusted.overlay.opaque')).toBeDefined()
    expect(attribute(at.root, 'b', 'trusted.overlay.opaque')).toBeDefined()
    expect([await readFile(join(at.root, 'a/own'), 'utf8'), await readFile(join(at.root, 'c'), 'utf8')]).toEqual([
      '1',
      '2',
    ])
  })

  test("overlay's own attributes in a layer are dropped, others kept", async () => {
    await using at = await scene()
    const attributes = new Map([
      ['trusted.overlay.redirect', Buffer.from('/etc')],
      ['trusted.overlay.opaque', Buffer.from('y')],
      ['user.overlay.redirect', Buffer.from('/etc')],
      ['user.kept', Buffer.from([0, 255])],
    ])
    unpack(at.root, [
      { name: 'd', type: 'directory', attributes },
      { name: 'f', content: 'x', attributes },
    ])
    for (const name of ['d', 'f']) {
      expect(attribute(at.root, name, 'user.kept')).toEqual(new Uint8Array([0, 255]))
      for (const key of ['trusted.overlay.redirect', 'trusted.overlay.opaque', 'user.overlay.redirect']) {
        expect(attribute(at.root, name, key)).toBeUndefined()
      }
    }
  })

  test('are names like others in a root that is in use', async () => {
    await using at = await scene()
    unpack(at.root, [{ name: '.wh.x', content: 'file' }], { as: 'copy' })
    expect(await readFile(join(at.root, '.wh.x'), 'utf8')).toBe('file')
  })
})

describe('what a file is', () => {
  test('owner, mode with setuid, capability, and times, to the nanosecond', async () => {
    await using at = await scene()
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex')
    const modified = { seconds: 1_000_000_000, nanoseconds: 123_456_789 }
    const attributes = new Map([['security.capability', capability]])
    unpack(at.root, [
      { name: 'd', type: 'directory', mode: 0o2750, uid: 7, gid: 8, modified },
      { name: 'd/f', content: 'x', mode: 0o6711, uid: 5, gid: 6, modified, attributes },
      { name: 'd/l', type: 'symlink', linkName: 'f', uid: 3, gid: 4, modified },
    ])
    const of = async (path: string) => {
      const { mode, uid, gid, mtimeNs } = await lstat(join(at.root, path), { bigint: true })
      return [Number(mode) & 0o7777, Number(uid), Number(gid), mtimeNs]
    }
    const time = 1_000_000_000_123_456_789n
    expect(await of('d')).toEqual([0o2750, 7, 8, time])
    expect(await of('d/f')).toEqual([0o6711, 5, 6, time])
    expect((await of('d/l')).slice(1)).toEqual([3, 4, time])
    expect(attribute(join(at.root, 'd'), 'f', 'security.capability')).toEqual(new Uint8Array(capability))
  })

  test('in a directory with the set-group-id bit, files still get the group that they have in the archive', async () => {
    await using at = await scene()
    unpack(at.root, [
      { name: 'd', type: 'directory', mode: 0o2755, gid: 50 },
      { name: 'd/f', content: 'x' },
      { name: 'd/e', type: 'directory', mode: 0o755 },
    ])
    const [file, inner] = [await lstat(join(at.root, 'd/f')), await lstat(join(at.root, 'd/e'))]
    expect([file.gid, inner.gid, inner.mode & 0o7777]).toEqual([0, 0, 0o755])
  })

  test('devices and pipes are content', async () => {
    await using at = await scene()
    unpack(at.root, [
      { name: 'null', type: 'character', deviceMajor: 1, deviceMinor: 3, mode: 0o666 },
      { name: 'loop', type: 'block', deviceMajor: 7, deviceMinor: 300 },
      { name: 'pipe', type: 'fifo' },
    ])
    const { stdout } = await run([
      'stat',
      '-c',
      '%F %t %T',
      ...['null', 'loop', 'pipe'].map(name => join(at.root, name)),
    ])
    expect(stdout.trim().split('\n')).toEqual(['character special file 1 3', 'block special file 7 12c', 'fifo 0 0'])
  })

  test('the last of several members of one name wins, whatever kinds they are', async () => {
    await using at = await scene()
    unpack(at.root, [
      { name: 'x/deep/file', content: '1' },
      { name: 'x', content: 'file' },
      { name: 'y', content: 'file' },
      { name: 'y', type: 'directory' },
      { name: 'y/in', content: '2' },
      { name: 'z', type: 'symlink', linkName: 'y' },
      { name: 'z', content: 'own' },
    ])
    expect(await readFile(join(at.root, 'x'), 'utf8')).toBe('file')
    expect(await readFile(join(at.root, 'y/in'), 'utf8')).toBe('2')
    expect(await readFile(join(at.root, 'z'), 'utf8')).toBe('own')
  })
})

describe('limits', () => {
  test('more bytes than allowed are refused by what the header says, before they are written', async () => {
    await using at = await scene()
    expect(() =>
      unpack(at.root, [{ name: 'f', content: 'x'.repeat(100) }], { limits: { bytes: 99, entries: 9 } }),
    ).toThrow('99 bytes')
    expect(await readdir(at.root)).toEqual([])
  })

  test('more members than allowed are refused', async () => {
    await using at = await scene()
    const members = Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` }))
    expect(() => unpack(at.root, members, { limits: { bytes: 99, entries: 10 } })).toThrow('more than 10 members')
  })
})

describe('into a root that is in use', () => {
  test('noOverwriteDirNonDir keeps directories and files what they are', async () => {
    await using at = await scene()
    await mkdir(join(at.root, 'd'))
    await writeFile(join(at.root, 'f'), 'x')
    const options = { as: 'copy', noOverwriteDirNonDir: true } as const
    expect(() => unpack(at.root, [{ name: 'd', content: 'x' }], options)).toThrow(
      'cannot overwrite directory "/d" with non-directory "/"',
    )
    expect(() => unpack(at.root, [{ name: 'f', type: 'directory' }], options)).toThrow(
      'cannot overwrite non-directory "/f" with directory "/"',
    )
    expect((await readdir(at.root)).sort()).toEqual(['d', 'f'])
  })

  test('an owner given for all is that of all', async () => {
    await using at = await scene()
    unpack(
      at.root,
      [
        { name: 'd', type: 'directory', uid: 1 },
        { name: 'd/f', content: 'x', uid: 2 },
      ],
      {
        as: 'copy',
        owner: { uid: 77, gid: 78 },
      },
    )
    for (const path of ['d', 'd/f']) expect(await lstat(join(at.root, path))).toMatchObject({ uid: 77, gid: 78 })
  })

  test('a file that a container runs is replaced, not written into', async () => {
    await using at = await scene()
    await writeFile(join(at.root, 'f'), 'old')
    const before = (await lstat(join(at.root, 'f'))).ino
    const kept = join(at.path, 'kept')
    await run(['ln', join(at.root, 'f'), kept])
    unpack(at.root, [{ name: 'f', content: 'new' }], { as: 'copy' })
    expect([await readFile(kept, 'utf8'), (await lstat(kept)).ino]).toEqual(['old', before])
  })
})
