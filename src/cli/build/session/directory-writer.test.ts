import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DirectoryWriter } from './directory-writer.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-writer-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const stat = { mode: 0o640, size: 2, modified: { seconds: 1_700_000_000, nanoseconds: 0 } }
async function put(writer: DirectoryWriter, path: string): Promise<void> {
  const file = writer.file(path, stat)
  await file.write(Buffer.from('hi'))
  await file.end()
}

test('files arrive with their modes and times, and others stay', async () => {
  mkdirSync(join(root, 'out'))
  writeFileSync(join(root, 'out/mine'), 'mine')
  const writer = new DirectoryWriter(join(root, 'out'))
  await writer.directory('a', { ...stat, mode: 0o750 })
  await put(writer, 'a/f')
  await writer.link('g', 'a/f')
  const { mode, mtimeMs, nlink } = statSync(join(root, 'out/g'))
  expect([mode & 0o777, mtimeMs, nlink]).toEqual([0o640, 1_700_000_000_000, 2])
  expect(readFileSync(join(root, 'out/mine'), 'utf8')).toBe('mine')
})

test('a link in the way is replaced, never written through', async () => {
  writeFileSync(join(root, 'victim'), 'safe')
  mkdirSync(join(root, 'out'))
  symlinkSync(join(root, 'victim'), join(root, 'out/f'))
  mkdirSync(join(root, 'elsewhere'))
  symlinkSync(join(root, 'elsewhere'), join(root, 'out/d'))
  const writer = new DirectoryWriter(join(root, 'out'))
  await put(writer, 'f')
  await writer.directory('d', { ...stat, mode: 0o755 })
  await put(writer, 'd/x')
  expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('safe')
  expect(existsSync(join(root, 'elsewhere/x'))).toBeFalse()
})

test.each(['../victim', '/etc/passwd', 'd/../../victim', 'd/passwd', 'missing'])(
  'a hard link to %s is refused',
  async to => {
    writeFileSync(join(root, 'victim'), 'safe')
    mkdirSync(join(root, 'out'))
    symlinkSync('/etc', join(root, 'out/d'))
    await expect(new DirectoryWriter(join(root, 'out')).link('x', to)).rejects.toThrow()
  },
)
