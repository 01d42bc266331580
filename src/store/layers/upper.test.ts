import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { lstat, mkdir, readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { tarMembers } from '../../formats/tar/members.ts'
import { run } from '../../host/processes/run.ts'
import { setAttributeOf } from '../../host/syscalls/attributes.ts'
import { mount, UNMOUNT, unmount } from '../../host/syscalls/mount.ts'
import { close, makeNode, openDirectory } from '../../host/syscalls/tree.ts'
import { Blobs } from '../blobs/blobs.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { archiveOf, chunked, collect, sha256, temporary } from '../testing/archive.ts'
import { EMPTY_LAYER, Layers } from './layers.ts'

let at: Awaited<ReturnType<typeof temporary>>
let layers: Layers
let blobs: Blobs
let database: Database
let count = 0

beforeAll(async () => {
  at = await temporary()
  open()
})
afterAll(async () => {
  await layers.settled()
  database.close()
  await at[Symbol.asyncDispose]()
})

function open() {
  database = openDatabase(join(at.path, 'berth.db'))
  blobs = new Blobs(at.path)
  layers = new Layers(at.path, database, blobs)
}

/** A writable directory as overlay leaves it after `change` has worked on the merged view of `lower`. */
async function upperAfter(change: (root: string) => Promise<void> | void, lower: Record<string, string> = {}) {
  const scene = join(at.path, `scene-${count++}`)
  const [low, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map(name => join(scene, name))
  for (const path of [low, upper, work, merged]) mkdirSync(path!, { recursive: true })
  for (const [name, content] of Object.entries(lower)) {
    mkdirSync(join(low!, name, '..'), { recursive: true })
    writeFileSync(join(low!, name), content)
  }
  const data = `lowerdir=${low},upperdir=${upper},workdir=${work},index=off,metacopy=off,redirect_dir=off`
  mount({ source: 'overlay', target: merged!, type: 'overlay', flags: 0, data })
  try {
    await change(merged!)
  } finally {
    unmount(merged!, UNMOUNT.DETACH)
  }
  return upper!
}

async function members(diffId: string) {
  const found: Record<string, { type: string; linkName: string; mode: number; content: string }> = {}
  for await (const { entry, body } of tarMembers(layers.content.read(diffId))) {
    const { type, linkName, mode } = entry
    found[entry.name] = { type, linkName, mode, content: (await collect(body)).toString() }
  }
  return found
}

const BOTH = ['adoptUpper', 'copyUpper'] as const

describe.each(BOTH)('%s', how => {
  test('keeps files, links, nodes, attributes, whiteouts and opaque directories, and the tar made anew has the same diff id', async () => {
    const upper = await upperAfter(
      root => {
        mkdirSync(join(root, 'a'))
        writeFileSync(join(root, 'a/f'), 'hello')
        linkSync(join(root, 'a/f'), join(root, 'a/second'))
        symlinkSync('/x', join(root, 'a/l'))
        const fd = openDirectory(join(root, 'a'))
        setAttributeOf(fd, 'f', 'user.colour', Buffer.from([0, 255]))
        makeNode(fd, 'null', 0o020644, 1, 3)
        makeNode(fd, 'pipe', 0o010600)
        close(fd)
        rmSync(join(root, 'bin/vi'))
        rmSync(join(root, 'etc'), { recursive: true })
        mkdirSync(join(root, 'etc'))
        writeFileSync(join(root, 'etc/new'), 'n')
      },
      { 'bin/vi': 'x', 'bin/ls': 'y', 'etc/old': 'z' },
    )
    const layer = await layers[how](upper)
    expect(layer).toMatchObject({ digest: layer.diffId, contentSize: 6, size: layer.diffSize })
    const found = await members(layer.diffId)
    expect(Object.keys(found).map(name => name.replace(/\/$/, ''))).toEqual([
      'a',
      'a/f',
      'a/l',
      'a/null',
      'a/pipe',
      'a/second',
      'bin',
      'bin/.wh.vi',
      'etc',
      'etc/.wh..wh..opq',
      'etc/new',
    ])
    expect(found['a/second']).toMatchObject({ type: 'link', linkName: 'a/f' })
    expect(found['a/null']).toMatchObject({ type: 'character', mode: 0o644 })
    expect(found['bin/.wh.vi']).toMatchObject({ type: 'file', mode: 0o600 })
    const bytes = await collect(layers.content.read(layer.diffId))
    expect<string>(sha256(bytes)).toBe(layer.diffId)
    expect(bytes.length).toBe(layer.size)
    const directory = layers.directory(layer.diffId)
    expect(await readFile(join(directory, 'a/second'), 'utf8')).toBe('hello')
    expect((await lstat(join(directory, 'bin/vi'))).isCharacterDevice()).toBe(true)
    expect(existsSync(upper)).toBe(how === 'copyUpper')
  })

  test('leaves out sockets and names that would delete files of other layers', async () => {
    const upper = await upperAfter(async root => {
      writeFileSync(join(root, '.wh.passwd'), '')
      writeFileSync(join(root, 'kept'), how)
      const server = createServer().listen(join(root, 's'))
      await new Promise(resolve => server.once('listening', resolve))
      // A closed server removes its socket.
      renameSync(join(root, 's'), join(root, 'socket'))
      server.close()
    })
    const { diffId } = await layers[how](upper)
    expect(Object.keys(await members(diffId))).toEqual(['kept'])
    expect(await readdir(layers.directory(diffId))).toEqual(['kept'])
  })

  test('no change at all is the empty layer', async () => {
    expect((await layers[how](await upperAfter(() => {}))).diffId).toBe(EMPTY_LAYER)
  })

  test('the mode of the root is kept', async () => {
    const upper = await upperAfter(async root => {
      writeFileSync(join(root, 'by'), how)
      await run(['chmod', '1777', root])
    })
    const { diffId } = await layers[how](upper)
    expect((await members(diffId))['.'] ?? (await members(diffId))['./']).toMatchObject({ mode: 0o1777 })
    expect(statSync(layers.directory(diffId)).mode & 0o7777).toBe(0o1777)
  })

  test('a layer is whole after a restart, and what a killed daemon had begun is gone', async () => {
    const upper = await upperAfter(root => writeFileSync(join(root, 'r'), `restart ${how}`))
    const { diffId } = await layers[how](upper)
    await layers.settled()
    const begun = join(at.path, 'layers', '99999')
    await mkdir(begun)
    database.close()
    open()
    await layers.settled()
    expect(existsSync(begun)).toBe(false)
    expect<string>(sha256(await collect(layers.content.read(diffId)))).toBe(diffId)
  })
})

describe('what a runtime made to mount at', () => {
  const stubs = (root: string) => {
    for (const name of ['proc', 'sys', 'dev', 'etc']) mkdirSync(join(root, name))
    for (const name of ['hosts', 'hostname', 'resolv.conf']) writeFileSync(join(root, 'etc', name), '')
  }

  test('is left out, with the directory that was made for it', async () => {
    expect((await layers.copyUpper(await upperAfter(stubs))).diffId).toBe(EMPTY_LAYER)
    expect((await layers.adoptUpper(await upperAfter(stubs), { hasRun: true })).diffId).toBe(EMPTY_LAYER)
  })

  test('is not mistaken for what a container or a build put there', async () => {
    const upper = await upperAfter(root => {
      stubs(root)
      writeFileSync(join(root, 'etc/kept'), '')
      writeFileSync(join(root, 'dev/kept'), '')
    })
    const built = await upperAfter(stubs)
    const names = async (diffId: string) => Object.keys(await members(diffId)).map(name => name.replace(/\/$/, ''))
    expect(await names((await layers.copyUpper(upper)).diffId)).toEqual(['dev', 'dev/kept', 'etc', 'etc/kept'])
    expect(await names((await layers.adoptUpper(built)).diffId)).toContain('etc/hosts')
  })
})

test('an upper directory elsewhere stays where it is', async () => {
  const mounted = join(at.path, 'elsewhere')
  mkdirSync(mounted)
  mount({ source: 'tmpfs', target: mounted, type: 'tmpfs', flags: 0, data: 'size=1m' })
  try {
    mkdirSync(join(mounted, 'upper'))
    await expect(layers.adoptUpper(join(mounted, 'upper'))).rejects.toThrow(/EXDEV|cross-device/)
    await layers.settled()
    expect(existsSync(join(mounted, 'upper'))).toBe(true)
  } finally {
    unmount(mounted, UNMOUNT.DETACH)
  }
})

test('a layer whose directory was changed on the disk is not given out as what it was', async () => {
  const { diffId } = await layers.adoptUpper(await upperAfter(root => writeFileSync(join(root, 'c'), 'as it was')))
  writeFileSync(join(layers.directory(diffId), 'c'), 'as it is!')
  await expect(collect(layers.content.read(diffId))).rejects.toThrow()
  await expect(layers.content.compressed(diffId)).rejects.toThrow('have changed on the disk')
})

describe('compressed', () => {
  test('makes a gzip blob of the tar, once, the same for a tar that came and a directory', async () => {
    const upper = await upperAfter(root => writeFileSync(join(root, 'big'), 'x'.repeat(9_000_000)))
    const copy = `${upper}-2`
    cpSync(upper, copy, { recursive: true, preserveTimestamps: true })
    const { diffId } = await layers.adoptUpper(upper)
    const made = await layers.content.compressed(diffId)
    const tar = await collect(layers.content.read(diffId))
    expect(gunzipSync(await collect(blobs.read(made.digest))).equals(tar)).toBe(true)
    expect(await layers.content.compressed(diffId)).toEqual(made)
    await expect(layers.content.blobsOf(diffId)).toContain(made.digest)
    layers.remove(diffId)
    await layers.ingest(chunked(tar), {}, { keepBlob: true })
    blobs.remove(made.digest)
    expect(await layers.content.compressed(diffId)).toEqual(made)
  })

  test('of a layer that came compressed is the layer as it came', async () => {
    const bytes = gzipSync(archiveOf({ name: 'g', content: 'gz' }))
    const { diffId, digest, size } = await layers.ingest(chunked(bytes), {}, { keepBlob: true })
    expect(await layers.content.compressed(diffId)).toEqual({ digest, size })
  })
})

test('a file that has grown, shrunk or gone while it is read never breaks the tar', async () => {
  const upper = await upperAfter(root => writeFileSync(join(root, 'log'), 'x'.repeat(3_000_000)))
  const writing = setInterval(() => {
    writeFileSync(join(upper, 'log'), 'y'.repeat(Math.floor(Math.random() * 5_000_000)))
    for (let i = 0; i < 50; i++) rmSync(join(upper, `f${i}`), { force: true })
    for (let i = 0; i < 50; i++) writeFileSync(join(upper, `f${i}`), 'z')
    rmSync(join(upper, 'h'), { force: true })
    linkSync(join(upper, 'f7'), join(upper, 'h'))
  }, 1)
  try {
    for (let i = 0; i < 5; i++) {
      const { diffId } = await layers.copyUpper(upper)
      expect<string>(sha256(await collect(layers.content.read(diffId)))).toBe(diffId)
    }
  } finally {
    clearInterval(writing)
  }
})
