import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cString, hasCode, SystemCallError } from './call.ts'
import { tryLock } from './lock.ts'
import { MOUNT, mount, unmount } from './mount.ts'
import { listenUnix, shortSocketPath } from './sockets.ts'

function directory() {
  const path = mkdtempSync(join(tmpdir(), 'berth-calls-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

test('a failed call tells its name, what it was about, and the error by name and number', () => {
  try {
    unmount('/nowhere/at/all')
    expect.unreachable()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SystemCallError)
    expect(thrown).toMatchObject({
      code: 'ENOENT',
      errno: 2,
      call: 'umount2',
      message: 'umount2 /nowhere/at/all: no such file or directory',
    })
    expect(hasCode(thrown, 'EPERM', 'ENOENT')).toBe(true)
    expect(hasCode(thrown, 'EPERM')).toBe(false)
  }
})

test('a text with a NUL byte reaches no call', () => {
  expect(() => cString('/etc\0/x')).toThrow('NUL')
  expect(cString('é')).toEqual(Buffer.from([0xc3, 0xa9, 0]))
})

test('mount and unmount', () => {
  using home = directory()
  mount({ source: 'none', target: home.path, type: 'tmpfs', flags: MOUNT.NO_SUID | MOUNT.READ_ONLY, data: 'size=4k' })
  expect(() => rmSync(join(home.path, 'x'), { force: false })).toThrow()
  unmount(home.path)
  expect(() => unmount(home.path)).toThrow('invalid argument')
})

test('a lock is had by one at a time', () => {
  using home = directory()
  const path = join(home.path, 'lock')
  const first = tryLock(path)
  expect(first).toBeDefined()
  expect(tryLock(path)).toBeUndefined()
  first![Symbol.dispose]()
  using again = tryLock(path)
  expect(again).toBeDefined()
})

test('a socket listens at a path of any length, in place of an older one', async () => {
  using home = directory()
  const path = join(home.path, 'a'.repeat(90), 'socket')
  const { mkdirSync, closeSync } = await import('node:fs')
  mkdirSync(join(home.path, 'a'.repeat(90)))
  closeSync(listenUnix(path))
  const fd = listenUnix(path)
  expect(existsSync(path)).toBe(true)
  using door = shortSocketPath(path)
  const { connect } = await import('node:net')
  const socket = connect({ path: door.path })
  await new Promise(resolve => socket.once('connect', resolve))
  socket.destroy()
  closeSync(fd)
  expect(() => listenUnix('/nowhere/socket')).toThrow('ENOENT')
})
