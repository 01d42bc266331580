import { afterAll, beforeAll, expect, test } from 'bun:test'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { typeOfMode } from '../../../wire/directory/file-mode.ts'
import { PathOrder } from '../../../wire/directory/path-order.ts'
import { followedPaths } from './followed-paths.ts'
import { type WalkFilter, walkDirectory } from './walk-directory.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-walk-'))
  for (const path of ['a/b/c.txt', 'a/b/d.log', 'a.txt', 'a-b/x', 'src/main.go', 'node_modules/m/index.js', 'ä/ü']) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), path)
  }
  symlinkSync('a/b', join(root, 'link'))
  symlinkSync('/src/../link/c.txt', join(root, 'absolute'))
  symlinkSync('loop', join(root, 'loop'))
  linkSync(join(root, 'a.txt'), join(root, 'z.txt'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function pathsOf(filter: WalkFilter): Promise<string[]> {
  const entries = await Array.fromAsync(walkDirectory(root, filter))
  const order = new PathOrder()
  for (const { stat } of entries) order.check(stat.path!, typeOfMode(stat.mode!) === 'directory')
  return entries.map(({ stat }) => stat.path!)
}

test('everything comes in the order that the other side expects', async () => {
  const paths = await pathsOf({})
  expect(paths).toContain('ä/ü')
  expect(paths).toHaveLength(18)
})

test('what is left out does not come, with what is in it', async () => {
  const paths = await pathsOf({ exclude: ['node_modules', '**/*.log', 'ä'] })
  expect(paths.filter(path => /node_modules|log|ä/.test(path))).toEqual([])
})

test('an exception brings the directories above it along', async () => {
  const paths = await pathsOf({ exclude: ['*', '!a/b/c.txt'] })
  expect(paths).toEqual(['a', 'a/b', 'a/b/c.txt'])
})

test('only what is included comes, with the directories above it', async () => {
  expect(await pathsOf({ include: ['src', 'a/*/c.txt'] })).toEqual(['a', 'a/b', 'a/b/c.txt', 'src', 'src/main.go'])
})

test('a second name of a file is told as one', async () => {
  const entries = await Array.fromAsync(walkDirectory(root, { include: ['*.txt'] }))
  expect(entries.find(({ stat }) => stat.path === 'z.txt')).toMatchObject({ stat: { linkName: 'a.txt' } })
})

test('links are followed inside of the directory, and told of on the way', () => {
  expect(followedPaths(root, ['link/c.txt'])).toEqual(['link', 'a/b/c.txt'])
  expect(followedPaths(root, ['absolute'])).toEqual(['absolute', 'link', 'a/b/c.txt'])
  expect(followedPaths(root, ['a/*/c.txt', 'missing'])).toEqual(['a/b/c.txt', 'missing'])
  expect(followedPaths(root, ['loop', '../../../etc/passwd'])).toEqual(['loop', 'etc/passwd'])
  expect(followedPaths(root, ['/'])).toEqual(['.'])
})
