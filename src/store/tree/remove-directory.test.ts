import { expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporary } from '../testing/archive.ts'
import { removeDirectory } from './remove-directory.ts'

/** Directories in each other, deeper than any path reaches. */
async function nest(path: string, depth: number): Promise<void> {
  const script = 'import os,sys\nos.chdir(sys.argv[1])\nfor _ in range(int(sys.argv[2])): os.mkdir("d"); os.chdir("d")'
  await Bun.spawn(['python3', '-c', script, path, String(depth)]).exited
}

test('small, large and deep directories go, with what links lead to left alone', async () => {
  await using at = await temporary()
  await mkdir(join(at.path, 'kept'))
  await writeFile(join(at.path, 'kept/file'), '')
  const make = async (name: string) => {
    const path = join(at.path, name)
    await mkdir(join(path, 'a/b'), { recursive: true })
    await symlink(join(at.path, 'kept'), join(path, 'a/link'))
    return path
  }
  const [small, large, deep] = [await make('small'), await make('large'), await make('deep')]
  for (let count = 0; count < 300; count++) await mkdir(join(large, `d${count}`))
  await nest(deep, 5000)
  for (const path of [small, large, deep]) await removeDirectory(path)
  expect(readdirSync(at.path)).toEqual(['kept'])
  expect(existsSync(join(at.path, 'kept/file'))).toBe(true)
})

test('nothing, a file and a link are fine', async () => {
  await using at = await temporary()
  await writeFile(join(at.path, 'file'), '')
  await symlink('/etc', join(at.path, 'link'))
  for (const name of ['nothing', 'file', 'link', 'no/where']) await removeDirectory(join(at.path, name))
  expect(readdirSync(at.path)).toEqual([])
  expect(existsSync('/etc/passwd')).toBe(true)
})
