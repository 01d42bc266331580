import { describe, expect, test } from 'bun:test'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { layeredRoot } from './layered-root.ts'
import { mountedRoot } from './root-files.ts'

async function layers(count: number) {
  const directory = await mkdtemp(join(tmpdir(), 'berth-layers-'))
  const paths = Array.from({ length: count }, (_, index) => join(directory, String(index)))
  for (const path of paths) mkdirSync(path)
  const put = (layer: number, path: string, text: string) => {
    mkdirSync(dirname(join(paths[layer]!, path)), { recursive: true })
    writeFileSync(join(paths[layer]!, path), text)
  }
  const run = (...command: string[]) => Bun.spawnSync(command)
  return { paths, put, run, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

describe('layeredRoot', () => {
  test('the topmost layer wins, directories are seen through', async () => {
    await using at = await layers(3)
    at.put(2, 'etc/passwd', 'lowest')
    at.put(2, 'etc/group', 'lowest')
    at.put(0, 'etc/passwd', 'top')
    const root = layeredRoot(at.paths)
    expect(root.readText('/etc/passwd')).toBe('top')
    expect(root.readText('/etc/group')).toBe('lowest')
    expect(root.readText('/etc/none')).toBe('')
  })

  test('whiteouts, files and opaque directories hide what is below', async () => {
    await using at = await layers(2)
    for (const path of ['a/file', 'b/file', 'c/file']) at.put(1, path, 'below')
    mkdirSync(join(at.paths[0]!, 'a'))
    at.run('mknod', join(at.paths[0]!, 'a/file'), 'c', '0', '0')
    at.put(0, 'b', 'a file now')
    mkdirSync(join(at.paths[0]!, 'c'))
    at.run('setfattr', '-n', 'trusted.overlay.opaque', '-v', 'y', join(at.paths[0]!, 'c'))
    const root = layeredRoot(at.paths)
    expect(['a/file', 'b/file'].map(path => root.readText(path))).toEqual(['', ''])
    if (Bun.which('setfattr')) expect(root.readText('c/file')).toBe('')
  })

  test('links lead to other layers and never to the host', async () => {
    await using at = await layers(2)
    at.put(1, 'usr/etc/passwd', 'linked')
    symlinkSync('/usr/etc', join(at.paths[0]!, 'etc'))
    symlinkSync('../../../../../../../../etc/hostname', join(at.paths[0]!, 'up'))
    symlinkSync('loop', join(at.paths[0]!, 'loop'))
    const root = layeredRoot(at.paths)
    expect(root.readText('/etc/passwd')).toBe('linked')
    expect(root.readText('/up')).toBe('')
    expect(root.readText('/loop')).toBe('')
    expect(root.readText('/../../usr/./etc/passwd')).toBe('linked')
  })

  test('directories tell owner, mode and whether there is something in them', async () => {
    await using at = await layers(2)
    at.put(1, 'full/file', '')
    mkdirSync(join(at.paths[1]!, 'empty'), { mode: 0o700 })
    const root = layeredRoot(at.paths)
    expect(root.directoryAt('/full')?.isEmpty).toBe(false)
    expect(root.directoryAt('/empty')).toMatchObject({ isEmpty: true, mode: 0o700, uid: 0 })
    expect(root.directoryAt('/full/file')).toBeUndefined()
    expect(root.directoryAt('/none')).toBeUndefined()
  })
})

const roots = { layered: (path: string) => layeredRoot([path]), mounted: (path: string) => mountedRoot(path) }

describe.each(Object.entries(roots))('a hostile /etc/passwd, %s:', (_, rootAt) => {
  const hostile = async (make: (path: string) => void) => {
    const at = await layers(1)
    const path = join(at.paths[0]!, 'etc/passwd')
    mkdirSync(dirname(path), { recursive: true })
    make(path)
    return { ...at, root: rootAt(at.paths[0]!) }
  }
  test('a FIFO is not opened [CVE-2022-4318 class]', async () => {
    await using at = await hostile(path => Bun.spawnSync(['mkfifo', path]))
    expect(() => at.root.readText('/etc/passwd')).toThrow('is not a regular file')
  })
  test('nor a device', async () => {
    await using at = await hostile(path => Bun.spawnSync(['mknod', path, 'c', '1', '5']))
    expect(() => at.root.readText('/etc/passwd')).toThrow('is not a regular file')
  })
  test('nor a directory', async () => {
    await using at = await hostile(path => mkdirSync(path))
    expect(['', 'refused']).toContain(attempt(() => at.root.readText('/etc/passwd')))
  })
  test('a huge one is not read [CVE-2026-47262]', async () => {
    await using at = await hostile(path => Bun.spawnSync(['truncate', '-s', '8G', path]))
    expect(() => at.root.readText('/etc/passwd')).toThrow('is larger than 4 MiB')
  })
  test('a link to the host leads nowhere', async () => {
    await using at = await hostile(path => symlinkSync('/proc/self/environ', path))
    expect(at.root.readText('/etc/passwd')).toBe('')
    rmSync(join(at.paths[0]!, 'etc'), { recursive: true })
  })
})

function attempt(work: () => string): string {
  try {
    return work()
  } catch {
    return 'refused'
  }
}
