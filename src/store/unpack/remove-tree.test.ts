import { describe, expect, test } from 'bun:test'
import { constants } from 'node:fs'
import { readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { close, makeDirectory, openDirectory, openName } from '../../host/syscalls/tree.ts'
import { scene, UNTOUCHED } from '../testing/unpack-scene.ts'
import { removeTree } from './remove-tree.ts'

describe('removeTree', () => {
  test('removes what is nested deeper than any path reaches, and follows no link', async () => {
    await using at = await scene()
    await symlink(join(at.path, 'outside'), join(at.root, 'link'))
    nest(at.root, 120)
    const fd = openDirectory(at.path)
    removeTree(fd, 'root')
    removeTree(fd, 'gone')
    close(fd)
    expect(await readdir(at.path)).toEqual(['outside'])
    expect(await at.secret()).toEqual(UNTOUCHED as never)
  })
})

const LONG_NAME = 'n'.repeat(200)

/** Directories in each other, this many, far beyond PATH_MAX. */
function nest(path: string, depth: number): void {
  let fd = openDirectory(path)
  for (let count = 0; count < depth; count++) {
    makeDirectory(fd, LONG_NAME, 0o755)
    const inner = openName(fd, LONG_NAME, constants.O_RDONLY | constants.O_DIRECTORY)
    close(fd)
    fd = inner
  }
  close(fd)
}
