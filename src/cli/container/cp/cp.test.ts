import { describe, expect, test } from 'bun:test'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { type TarEntry, tarEntry } from '../../../formats/tar/entry.ts'
import { encodeHeader, paddingAfter, TAR_END } from '../../../formats/tar/writer.ts'
import { packPath } from './pack.ts'
import { absolutePath, type CopyEnd, planCopy, splitOperand, splitPath } from './paths.ts'
import { unpackInto } from './unpack.ts'

const directory = () => {
  const path = mkdtempSync(`${tmpdir()}/cp-test-`)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
type Given = Pick<TarEntry, 'name' | 'type'> & Partial<TarEntry> & { content?: string }

async function* archive(members: Given[]): AsyncGenerator<Uint8Array> {
  for (const { content = '', ...given } of members) {
    const size = given.type === 'file' ? content.length : 0
    yield encodeHeader(tarEntry({ ...given, size }))
    if (size > 0) yield Buffer.from(content)
    yield paddingAfter(size)
  }
  yield TAR_END
}
const same = (name: string) => name

describe('an archive from a container', () => {
  test('is unpacked with rights, dates, links and directories', async () => {
    using at = directory()
    const modified = { seconds: 1_000_000_000, nanoseconds: 500_000_000 }
    await unpackInto(
      at.path,
      archive([
        { name: 'd', type: 'directory', mode: 0o500, modified },
        { name: 'd/f', type: 'file', content: 'text', mode: 0o4640, modified },
        { name: 'd/h', type: 'link', linkName: 'd/f' },
        { name: 'd/s', type: 'symlink', linkName: '/etc/passwd' },
        { name: 'd/\u00ff', type: 'file', content: 'x' },
      ]),
      same,
    )
    expect(readFileSync(`${at.path}/d/h`, 'utf8')).toBe('text')
    expect(statSync(`${at.path}/d`).mode & 0o7777).toBe(0o500)
    expect(statSync(`${at.path}/d`).mtimeMs).toBe(1_000_000_000_500)
    expect(lstatSync(`${at.path}/d/s`).isSymbolicLink()).toBe(true)
    expect(readdirSync(`${at.path}/d`, { encoding: 'buffer' }).some(name => name.equals(Buffer.of(0xff)))).toBe(true)
    expect(statSync(`${at.path}/d/f`).mode & 0o7777).toBe(0o640)
  })

  const hostile: [string, Given[]][] = [
    ['a name that leads out', [{ name: '../out', type: 'file', content: 'x' }]],
    ['a name that leads out further in', [{ name: 'a/../../out', type: 'file', content: 'x' }]],
    [
      'a file below a link of its own',
      [
        { name: 'l', type: 'symlink', linkName: '..' },
        { name: 'l/out', type: 'file', content: 'x' },
      ],
    ],
    [
      'a directory below a link of its own',
      [
        { name: 'l', type: 'symlink', linkName: '..' },
        { name: 'l/out', type: 'directory' },
      ],
    ],
    [
      'a link to a link of its own',
      [
        { name: 'l', type: 'symlink', linkName: '../secret' },
        { name: 'h', type: 'link', linkName: 'l' },
      ],
    ],
    ['a link to what is outside', [{ name: 'h', type: 'link', linkName: '../secret' }]],
    ['a device', [{ name: 'null', type: 'character', deviceMajor: 1, deviceMinor: 3 }]],
  ]
  for (const [name, members] of hostile) {
    test(`with ${name} is refused, and nothing outside is touched`, async () => {
      using at = directory()
      writeFileSync(`${at.path}/secret`, 'mine')
      mkdirSync(`${at.path}/in`)
      await expect(unpackInto(`${at.path}/in`, archive(members), same)).rejects.toThrow(
        'unsafe archive from the container',
      )
      expect(readdirSync(at.path).toSorted()).toEqual(['in', 'secret'])
      expect(lstatSync(`${at.path}/secret`).nlink).toBe(1)
    })
  }

  test('replaces a link that is there, and does not write through it', async () => {
    using at = directory()
    writeFileSync(`${at.path}/secret`, 'mine')
    mkdirSync(`${at.path}/in`)
    symlinkSync('../secret', `${at.path}/in/f`)
    await unpackInto(`${at.path}/in`, archive([{ name: 'f', type: 'file', content: 'new' }]), same)
    expect(readFileSync(`${at.path}/secret`, 'utf8')).toBe('mine')
    expect(readFileSync(`${at.path}/in/f`, 'utf8')).toBe('new')
  })

  test('does not put a directory in the place of a file, or a file in that of a directory', async () => {
    using at = directory()
    mkdirSync(`${at.path}/d`)
    writeFileSync(`${at.path}/f`, '')
    const path = JSON.stringify(`${at.path}/d`)
    await expect(unpackInto(at.path, archive([{ name: 'd', type: 'file' }]), same)).rejects.toThrow(
      `cannot overwrite directory ${path} with non-directory ${path}`,
    )
    await expect(unpackInto(at.path, archive([{ name: 'f', type: 'directory' }]), same)).rejects.toThrow(
      'cannot overwrite non-directory',
    )
  })

  test('that is cut off is an error', async () => {
    using at = directory()
    async function* cut() {
      yield encodeHeader(tarEntry({ name: 'f', type: 'file', size: 1000 }))
      yield new Uint8Array(10)
    }
    await expect(unpackInto(at.path, cut(), same)).rejects.toThrow()
  })
})

test('what is packed here comes out the same elsewhere', async () => {
  using from = directory()
  using to = directory()
  const source = `${from.path}/src`
  mkdirSync(`${source}/sub/${'n'.repeat(120)}`, { recursive: true })
  writeFileSync(`${source}/big`, Buffer.alloc(3_000_000, 'x'))
  writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.of(0xff, 0xfe)]), 'bytes')
  linkSync(`${source}/big`, `${source}/hard`)
  symlinkSync('nowhere', `${source}/link`)
  await unpackInto(to.path, packPath(source, 'copy'), same)
  expect(readFileSync(`${to.path}/copy/big`).equals(readFileSync(`${source}/big`))).toBe(true)
  expect(statSync(`${to.path}/copy/hard`).ino).toBe(statSync(`${to.path}/copy/big`).ino)
  expect(existsSync(`${to.path}/copy/sub/${'n'.repeat(120)}`)).toBe(true)
  expect(readdirSync(`${to.path}/copy`)).toHaveLength(5)
})

describe("docker's rules of paths", () => {
  const operands: [string, { container: string; path: string }][] = [
    ['c:/x', { container: 'c', path: '/x' }],
    ['c:x:y', { container: 'c', path: 'x:y' }],
    ['/a:b', { container: '', path: '/a:b' }],
    ['./a:b', { container: '', path: './a:b' }],
    ['a', { container: '', path: 'a' }],
  ]
  for (const [text, parts] of operands) test(`operand ${text}`, () => expect(splitOperand(text)).toEqual(parts))

  test('the end of a path is kept when it is made absolute', () => {
    expect(absolutePath('/a/b/../c/')).toBe('/a/c/')
    expect(absolutePath('/a/.')).toBe('/a/.')
    expect(absolutePath('/')).toBe('/')
    expect(splitPath('/a/b/.')).toEqual({ directory: '/a/b', base: '.' })
    expect(splitPath('/a/b/')).toEqual({ directory: '/a', base: 'b' })
  })

  const end = (path: string, kind: 'file' | 'directory' | 'nothing'): CopyEnd => ({
    path,
    exists: kind !== 'nothing',
    isDirectory: kind === 'directory',
    rebaseName: '',
  })
  test('a file goes into a directory, over a file, or becomes what is not there', () => {
    expect(planCopy(end('/s/f', 'file'), end('/d', 'directory'))).toEqual({ directory: '/d' })
    expect(planCopy(end('/s/f', 'file'), end('/d/g', 'file'))).toEqual({
      directory: '/d',
      rename: { from: 'f', to: 'g' },
    })
    expect(planCopy(end('/s/f', 'file'), end('/d/g', 'nothing'))).toEqual({
      directory: '/d',
      rename: { from: 'f', to: 'g' },
    })
    expect(() => planCopy(end('/s/f', 'file'), end('/d/g/', 'nothing'))).toThrow('no such directory')
  })
  test('a directory goes into a directory or becomes what is not there, never a file', () => {
    expect(planCopy(end('/s/d/.', 'directory'), end('/d/n', 'nothing'))).toEqual({
      directory: '/d',
      rename: { from: '.', to: 'n' },
    })
    expect(() => planCopy(end('/s', 'directory'), end('/f', 'file'))).toThrow('cannot copy directory')
  })
})
