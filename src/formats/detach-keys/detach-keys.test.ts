import { expect, test } from 'bun:test'
import { DEFAULT_DETACH_KEYS, DetachKeysError, DetachWatcher, parseDetachKeys } from './detach-keys.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const bytes = (value: string) => Buffer.from(value, 'latin1')

test('keys are read as Docker reads them', () => {
  expect([...parseDetachKeys('ctrl-p,ctrl-q')]).toEqual([...DEFAULT_DETACH_KEYS])
  expect([...parseDetachKeys('a,ctrl-@,ctrl-[,ctrl-_')]).toEqual([97, 0, 27, 31])
})

test('keys that do not exist are refused by name', () => {
  expect(() => parseDetachKeys('ctrl-A')).toThrow(DetachKeysError)
  expect(() => parseDetachKeys('constructor')).toThrow("Unknown character: 'constructor' in detach keys (constructor)")
  expect(() => parseDetachKeys('')).toThrow(DetachKeysError)
})

test('the sequence is found across pieces, and what comes after it is dropped', () => {
  const watcher = new DetachWatcher(DEFAULT_DETACH_KEYS)
  expect(text(watcher.push(bytes('ls\n\x10')).pass)).toBe('ls\n')
  expect(watcher.push(bytes('\x11rest'))).toEqual({ pass: new Uint8Array(), detached: true })
})

test('a beginning that leads nowhere is passed on with what follows', () => {
  const watcher = new DetachWatcher(DEFAULT_DETACH_KEYS)
  watcher.push(bytes('\x10'))
  expect(text(watcher.push(bytes('x')).pass)).toBe('\x10x')
  watcher.push(bytes('\x10'))
  expect(text(watcher.push(bytes('\x10')).pass)).toBe('\x10')
  expect(watcher.push(bytes('\x11')).detached).toBe(true)
})

test('what is held back comes out at the end of the input', () => {
  const watcher = new DetachWatcher(DEFAULT_DETACH_KEYS)
  watcher.push(bytes('\x10'))
  expect(text(watcher.flush())).toBe('\x10')
})
