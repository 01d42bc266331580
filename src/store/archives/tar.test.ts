import { describe, expect, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { type TarEntry, tarEntry } from '../../formats/tar/entry.ts'
import { tarMembers } from '../../formats/tar/members.ts'
import { TarParser } from '../../formats/tar/parser.ts'
import { encodeHeader, TAR_END } from '../../formats/tar/writer.ts'
import { run } from '../../host/processes/run.ts'
import { archiveOf, chunked, collect, encodeMember, temporary } from '../testing/archive.ts'

type Read = { entry: TarEntry; content: Buffer }

async function readAll(bytes: Uint8Array, chunk = 65536): Promise<Read[]> {
  const members: Read[] = []
  for await (const { entry, body } of tarMembers(chunked(bytes, chunk)))
    members.push({ entry, content: await collect(body) })
  return members
}

const bytesText = (maxLength: number) =>
  fc.string({ unit: fc.integer({ min: 1, max: 255 }).map(code => String.fromCharCode(code)), minLength: 1, maxLength })
const name = bytesText(300).map(text => `n${text.replace(/\/+$/, '')}x`)
const anyFile = fc.record({
  name,
  content: fc.uint8Array({ maxLength: 3000 }),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 0xfffffffe }),
  gid: fc.integer({ min: 0, max: 0xfffffffe }),
  userName: fc.oneof(fc.constant(''), bytesText(40)),
  modified: fc.record({
    seconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  }),
  attributes: fc
    .array(
      fc.tuple(
        bytesText(20).map(key => `user.${key.replaceAll('=', '')}`),
        fc.uint8Array({ maxLength: 50 }),
      ),
      { maxLength: 3 },
    )
    .map(pairs => new Map(pairs)),
})

describe('what is written is read again', () => {
  test('whatever the names, numbers, times and attributes, and however the bytes are split', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFile, { maxLength: 4 }), fc.integer({ min: 1, max: 2000 }), async (files, chunk) => {
        const members = await readAll(archiveOf(...files), chunk)
        expect(members.map(({ entry }) => entry.name)).toEqual(files.map(file => file.name))
        for (const [index, { entry, content }] of members.entries()) {
          const { content: written, ...rest } = files[index]!
          expect(entry).toMatchObject(rest)
          expect(content.equals(written)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('links of every kind, with long targets', async () => {
    const target = `${'t'.repeat(90)}/${'u'.repeat(200)}`
    const members = await readAll(
      archiveOf(
        { name: 'a', type: 'symlink', linkName: target },
        { name: 'b', type: 'link', linkName: '../etc' },
        { name: 'c', type: 'character', deviceMajor: 1, deviceMinor: 300 },
        { name: 'd/', type: 'directory' },
      ),
    )
    expect(members.map(({ entry }) => [entry.name, entry.type, entry.linkName])).toEqual([
      ['a', 'symlink', target],
      ['b', 'link', '../etc'],
      ['c', 'character', ''],
      ['d', 'directory', ''],
    ])
  })

  test('a capability keeps every byte', async () => {
    const value = new Uint8Array([1, 0, 0, 2, 0, 0x20, 0, 0, 0x0a, 0x3d, 0xff, 0])
    const [member] = await readAll(archiveOf({ name: 'ping', attributes: new Map([['security.capability', value]]) }))
    expect(member!.entry.attributes.get('security.capability')).toEqual(value)
  })

  test('a size beyond 8 GiB is told in an extended header', () => {
    const header = encodeHeader(tarEntry({ name: 'big', type: 'file', size: 2 ** 40 }))
    let size = 0
    new TarParser({ entry: entry => (size = entry.size), data: () => {}, done: () => {} }).push(header)
    expect(size).toBe(2 ** 40)
  })
})

describe('GNU tar', () => {
  const formats = ['gnu', 'posix', 'ustar', 'v7', 'oldgnu']
  test.each(formats)('an archive in its format %s is read as it lists it', async format => {
    await using at = await temporary()
    const deep = join(at.path, 'tree', 'd'.repeat(60))
    await run(['mkdir', '-p', deep])
    await writeFile(join(deep, 'f'.repeat(30)), 'content')
    const archive = join(at.path, 'a.tar')
    await run(['tar', `--format=${format}`, '-cf', archive, '-C', at.path, 'tree'])
    const members = await readAll(new Uint8Array(await Bun.file(archive).arrayBuffer()))
    expect(members.at(-1)!.entry.name).toBe(`tree/${'d'.repeat(60)}/${'f'.repeat(30)}`)
    expect(members.at(-1)!.content.toString()).toBe('content')
  })

  test('long names and links in GNU headers are read', async () => {
    await using at = await temporary()
    const long = 'n'.repeat(200)
    await writeFile(join(at.path, long), 'x')
    await run(['ln', '-s', 'm'.repeat(220), join(at.path, `${long}l`)])
    const archive = join(at.path, 'a.tar')
    await run(['tar', '--format=gnu', '-cf', archive, '-C', at.path, long, `${long}l`])
    const members = await readAll(new Uint8Array(await Bun.file(archive).arrayBuffer()))
    expect(members.map(({ entry }) => [entry.name, entry.linkName])).toEqual([
      [long, ''],
      [`${long}l`, 'm'.repeat(220)],
    ])
  })

  test('base-256 numbers are read', async () => {
    await using at = await temporary()
    await writeFile(join(at.path, 'f'), 'x')
    const archive = join(at.path, 'a.tar')
    await run(['tar', '--format=gnu', '--owner=:3000000000', '--mtime=@-5', '-cf', archive, '-C', at.path, 'f'])
    const [member] = await readAll(new Uint8Array(await Bun.file(archive).arrayBuffer()))
    expect([member!.entry.uid, member!.entry.modified.seconds]).toEqual([3000000000, -5])
  })

  test('lists what we write', async () => {
    await using at = await temporary()
    const archive = join(at.path, 'a.tar')
    const long = 'ä'.repeat(150)
    await writeFile(
      archive,
      archiveOf({ name: Buffer.from(long).toString('latin1'), content: 'x' }, { name: 'd', type: 'directory' }),
    )
    const { stdout } = await run(['tar', '--quoting-style=literal', '-tf', archive])
    expect(stdout.trim().split('\n')).toEqual([long, 'd/'])
  })

  test('a sparse file is refused by name', async () => {
    await using at = await temporary()
    await run(['truncate', '-s', '4M', join(at.path, 'holes')])
    for (const format of ['gnu', 'posix']) {
      const archive = join(at.path, `${format}.tar`)
      await run(['tar', '-S', `--format=${format}`, '-cf', archive, '-C', at.path, 'holes'])
      await expect(readAll(new Uint8Array(await Bun.file(archive).arrayBuffer()))).rejects.toThrow('sparse')
    }
  })
})

describe('hostile archives', () => {
  test('cut off anywhere within a member, it is an error; between members it is the end', async () => {
    const one = encodeMember({ name: 'a'.repeat(120), content: 'x'.repeat(700) })
    const two = Buffer.concat([one, one])
    for (let length = 1; length < two.length; length += 37) {
      if (length === one.length) continue
      await expect(readAll(two.subarray(0, length))).rejects.toThrow('unexpected EOF')
    }
    expect(await readAll(two)).toHaveLength(2)
  })

  test('bytes flipped anywhere throw a fault or are read, and never hang or crash', async () => {
    const good = archiveOf({ name: 'a'.repeat(120), content: 'x', attributes: new Map([['user.x', Buffer.from('y')]]) })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: good.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const bad = Buffer.from(good)
          bad[at] = bad[at]! ^ change
          const thrown = await readAll(bad).then(
            () => undefined,
            error => error,
          )
          if (thrown !== undefined) expect(thrown.code).toStartWith('TAR_')
        },
      ),
      { numRuns: 300 },
    )
  })

  test('an extended header of gigabytes is refused before any of it is read', async () => {
    const header = Buffer.from(encodeHeader(tarEntry({ name: 'x', type: 'file', size: 2 ** 32 })))
    for (const flag of ['x', 'g', 'L', 'K']) {
      const bad = Buffer.from(header)
      bad.write(flag, 156)
      reseal(bad)
      await expect(readAll(bad)).rejects.toThrow('extended header of 4294967296 bytes')
    }
  })

  test('pax records that lie about their length are refused', async () => {
    for (const record of [
      '9999999 path=a\n',
      '4 a=\n',
      '0 path=x\n',
      '10 pathxxx\n',
      'x path=a\n',
      '11 path=ab',
      '99999999999 a=b\n',
    ]) {
      await expect(readAll(withPax(record))).rejects.toThrow('extended header')
    }
  })

  test('a pax name with a NUL, a negative or endless number, is refused', async () => {
    for (const [key, value] of [
      ['path', 'a\0b'],
      ['size', '-1'],
      ['size', '99999999999999999999'],
      ['uid', '1e3'],
      ['mtime', 'x'],
    ]) {
      const rest = `${key}=${value}\n`
      await expect(readAll(withPax(`${rest.length + 3} ${rest}`))).rejects.toThrow('archive/tar')
    }
  })

  test('the owner that means "leave it" is refused', async () => {
    const rest = 'uid=4294967295\n'
    await expect(readAll(withPax(`${rest.length + 3} ${rest}`))).rejects.toThrow('owner')
  })

  test('a global header changes nothing', async () => {
    const bytes = withPax('12 path=abc\n', 'g')
    expect((await readAll(bytes)).map(({ entry }) => entry.name)).toEqual(['real'])
  })

  test('an unknown type is refused', async () => {
    const bad = Buffer.from(encodeMember({ name: 'x' }))
    bad.write('Z', 156)
    reseal(bad)
    await expect(readAll(bad)).rejects.toThrow('unhandled tar header type "Z": x')
  })

  test('what follows the two empty blocks is not looked at', async () => {
    const bytes = Buffer.concat([archiveOf({ name: 'a' }), Buffer.from('garbage'.repeat(200))])
    expect(await readAll(bytes)).toHaveLength(1)
  })
})

function reseal(block: Buffer): void {
  block.fill(0x20, 148, 156)
  let sum = 0
  for (const byte of block.subarray(0, 512)) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

/** A member called `real` behind an extended header of exactly this text. */
function withPax(text: string, flag = 'x'): Buffer {
  const header = encodeMember({ name: 'pax', content: Buffer.from(text, 'latin1') })
  header.write(flag, 156)
  reseal(header)
  return Buffer.concat([header, encodeMember({ name: 'real', content: 'x' }), TAR_END])
}
