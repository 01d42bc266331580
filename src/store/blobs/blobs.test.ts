import { describe, expect, test } from 'bun:test'
import { readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasKind } from '../../base/faults.ts'
import { MOUNT, mount, UNMOUNT, unmount } from '../../host/syscalls/mount.ts'
import { chunked, collect, sha256, temporary } from '../testing/archive.ts'
import { Blobs } from './blobs.ts'

const content = Buffer.from('content'.repeat(500_000))
const digest = sha256(content)

async function fresh() {
  const at = await temporary()
  return { ...at, blobs: new Blobs(at.path), files: (name: string) => readdir(join(at.path, name)) }
}

describe('write', () => {
  test('keeps content under its digest', async () => {
    await using at = await fresh()
    expect(await at.blobs.write(chunked(content), { digest })).toEqual({ digest, size: content.length })
    expect([at.blobs.has(digest), at.blobs.size(digest)]).toEqual([true, content.length])
    expect((await collect(at.blobs.read(digest, { verify: true }))).equals(content)).toBe(true)
    expect((await collect(at.blobs.read(digest, { start: content.length - 3 }))).toString()).toBe('ent')
  })

  test('keeps nothing of content with another digest, or of a source that fails', async () => {
    await using at = await fresh()
    const broken = async function* () {
      yield content
      throw new Error('gone')
    }
    await expect(at.blobs.write(content, { digest: sha256('x') })).rejects.toThrow('does not match its digest')
    await expect(at.blobs.write(broken())).rejects.toThrow('gone')
    expect([at.blobs.list(), await at.files('tmp')]).toEqual([[], []])
  })

  test('a full disk is kind exhausted and leaves nothing', async () => {
    await using at = await temporary()
    mount({ source: 'tmpfs', target: at.path, type: 'tmpfs', flags: MOUNT.NO_SUID, data: 'size=1m' })
    try {
      const blobs = new Blobs(at.path)
      const thrown = await blobs.write(content).catch(failure => failure)
      expect([hasKind(thrown, 'exhausted'), await readdir(join(at.path, 'tmp'))]).toEqual([true, []])
    } finally {
      unmount(at.path, UNMOUNT.DETACH)
    }
  })

  test('what a killed daemon was writing goes at the next start', async () => {
    await using at = await fresh()
    await writeFile(join(at.path, 'tmp', 'blob-1'), 'half')
    new Blobs(at.path)
    expect(await at.files('tmp')).toEqual([])
  })
})

describe('digests', () => {
  const hostile = [
    '',
    'sha256:',
    'sha256:../../etc/passwd',
    `sha256:${'A'.repeat(64)}`,
    `md5:${'a'.repeat(32)}`,
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'a'.repeat(64)}\n`,
    `x/sha256:${'a'.repeat(64)}`,
  ]
  test.each(hostile)('%j never becomes a path', async text => {
    await using at = await fresh()
    for (const use of [
      () => at.blobs.path(text),
      () => at.blobs.has(text),
      () => at.blobs.partial(text),
      () => at.blobs.remove(text),
    ]) {
      expect(use).toThrow('invalid checksum digest format')
    }
    await expect(at.blobs.write(content, { digest: text })).rejects.toThrow('invalid checksum digest format')
  })
})

describe('read', () => {
  test('content that the disk has changed is not given as whole', async () => {
    await using at = await fresh()
    await at.blobs.write(content)
    await writeFile(at.blobs.path(digest), Buffer.alloc(content.length))
    await expect(collect(at.blobs.read(digest, { verify: true }))).rejects.toThrow('does not match its digest')
    await truncate(at.blobs.path(digest), 10)
    await expect(at.blobs.readAll(digest)).rejects.toThrow('does not match its digest')
  })

  test('what is not there is not found, what is too large is not read', async () => {
    await using at = await fresh()
    await expect(at.blobs.readAll(digest)).rejects.toThrow('does not exist')
    await at.blobs.write(content)
    await expect(at.blobs.readAll(digest, 1000)).rejects.toThrow('larger than 1000 bytes')
  })

  test('a reader keeps what is removed meanwhile', async () => {
    await using at = await fresh()
    await at.blobs.write(content)
    const reading = at.blobs.read(digest)
    const first = await reading.next()
    at.blobs.remove(digest)
    const rest = await collect(reading)
    expect([at.blobs.has(digest), Buffer.concat([first.value as Uint8Array, rest]).equals(content)]).toEqual([
      false,
      true,
    ])
  })
})

describe('a download that is broken off', () => {
  test('goes on where it was, also in another daemon', async () => {
    await using at = await fresh()
    const broken = async function* () {
      yield content.subarray(0, 1000)
      throw new Error('connection reset')
    }
    await expect(collect(at.blobs.partial(digest).through(() => broken()))).rejects.toThrow('connection reset')
    const partial = new Blobs(at.path).partial(digest)
    expect(partial.size).toBe(1000)
    const offsets: number[] = []
    const rest = (offset: number) => {
      offsets.push(offset)
      return chunked(content.subarray(offset))
    }
    expect((await collect(partial.through(rest))).equals(content)).toBe(true)
    await partial.finish()
    expect([offsets, at.blobs.has(digest), await at.files('blobs/partial')]).toEqual([[1000], true, []])
  })

  test('is dropped when it turns out to be something else', async () => {
    await using at = await fresh()
    const partial = at.blobs.partial(digest)
    await partial.append([Buffer.from('wrong')])
    await expect(partial.finish()).rejects.toThrow('does not match its digest')
    expect([partial.size, at.blobs.has(digest)]).toEqual([0, false])
  })

  test('is removed once it is old', async () => {
    await using at = await fresh()
    const partial = at.blobs.partial(digest)
    await partial.append([Buffer.from('x')])
    at.blobs.removePartialsBefore((await stat(partial.path)).mtimeMs - 1)
    expect(partial.size).toBe(1)
    at.blobs.removePartialsBefore(Date.now() + 1000)
    expect(partial.size).toBe(0)
  })
})

test('garbage is all that nobody names', async () => {
  await using at = await fresh()
  for (const text of ['a', 'b', 'c']) await at.blobs.write(Buffer.from(text))
  expect(at.blobs.garbage(new Set([sha256('b')])).sort()).toEqual([sha256('a'), sha256('c')].sort())
})
