import { describe, expect, test } from 'bun:test'
import { readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Member } from '../testing/archive.ts'
import { scene, UNTOUCHED, unpack } from '../testing/unpack-scene.ts'

describe('nothing outside is touched', () => {
  const attacks: [string, Member[]][] = [
    ['a name with ..', [{ name: '../outside/secret', content: 'bad' }]],
    ['a name with .. further in', [{ name: 'a/../../outside/secret', content: 'bad' }]],
    ['an absolute name', [{ name: '/outside/secret', content: 'bad' }]],
    [
      'a file through a link',
      [
        { name: 'l', type: 'symlink', linkName: '../outside' },
        { name: 'l/secret', content: 'bad' },
      ],
    ],
    [
      'a file at a link',
      [
        { name: 'l', type: 'symlink', linkName: '../outside/secret' },
        { name: 'l', content: 'bad' },
      ],
    ],
    [
      'a file through two links',
      [
        { name: 'a', type: 'symlink', linkName: '..' },
        { name: 'b', type: 'symlink', linkName: 'a/outside' },
        { name: 'b/secret', content: 'bad' },
      ],
    ],
    [
      'a hard link out',
      [
        { name: 'h', type: 'link', linkName: '../outside/secret' },
        { name: 'h', content: 'bad' },
      ],
    ],
    [
      'a hard link through a link',
      [
        { name: 'l', type: 'symlink', linkName: '../outside' },
        { name: 'h', type: 'link', linkName: 'l/secret' },
      ],
    ],
    [
      'a mode through a hard link to a link',
      [
        { name: 'l', type: 'symlink', linkName: '../outside/secret' },
        { name: 'h', type: 'link', linkName: 'l', mode: 0o4777, uid: 1, gid: 1 },
      ],
    ],
    [
      'a directory through a link',
      [
        { name: 'l', type: 'symlink', linkName: '../outside' },
        { name: 'l/d', type: 'directory' },
      ],
    ],
    [
      'a directory at a link',
      [
        { name: 'l', type: 'symlink', linkName: '../outside' },
        { name: 'l', type: 'directory', mode: 0 },
      ],
    ],
    [
      'a device through a link',
      [
        { name: 'l', type: 'symlink', linkName: '../outside' },
        { name: 'l/n', type: 'fifo' },
      ],
    ],
    [
      'a root that is a link',
      [
        { name: '.', type: 'symlink', linkName: '../outside' },
        { name: 'secret', content: 'bad' },
      ],
    ],
    ['a root that is a link, called /', [{ name: '/', type: 'symlink', linkName: '../outside' }]],
    ['a whiteout of ..', [{ name: 'a/.wh...' }]],
    ['a whiteout of .', [{ name: '.wh..' }]],
    ['a whiteout of nothing', [{ name: '.wh.' }]],
    ['a whiteout through a link', [{ name: 'l', type: 'symlink', linkName: '../outside' }, { name: 'l/.wh.secret' }]],
    [
      'an opaque mark through a link',
      [{ name: 'l', type: 'symlink', linkName: '../outside' }, { name: 'l/.wh..wh..opq' }],
    ],
    [
      'links of /proc',
      [
        { name: 'l', type: 'symlink', linkName: '/proc/self/cwd' },
        { name: 'l/x', content: 'bad' },
      ],
    ],
    [
      'a directory that becomes a link between two members',
      [
        { name: 'd/a', content: '1' },
        { name: 'd', type: 'symlink', linkName: '../outside' },
        { name: 'd/secret', content: 'bad' },
      ],
    ],
  ]
  test.each(attacks)('by %s', async (_, members) => {
    await using at = await scene()
    try {
      unpack(at.root, members)
    } catch (thrown) {
      expect((thrown as { kind?: string }).kind).toBe('invalid')
    }
    expect(await at.secret()).toEqual(UNTOUCHED as never)
    expect((await readdir(at.path)).sort()).toEqual(['outside', 'root'])
  })

  test('by a link that was there before, in a root that is in use', async () => {
    await using at = await scene()
    await symlink(join(at.path, 'outside'), join(at.root, 'l'))
    expect(() => unpack(at.root, [{ name: 'l/secret', content: 'bad' }], { as: 'copy' })).toThrow()
    expect(await at.secret()).toEqual(UNTOUCHED as never)
  })
})
