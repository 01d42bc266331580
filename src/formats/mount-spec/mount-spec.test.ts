import { describe, expect, test } from 'bun:test'
import { cleanPath, isLocalPath, MountSpecError, parseBind, parseVolumesFrom, targetComplaint } from './bind.ts'
import { tmpfsOptions, tmpfsText } from './tmpfs.ts'
import { parseVolumeFlag } from './volume-flag.ts'

describe('parseBind', () => {
  test('reads source, target and mode', () => {
    expect(parseBind('/a:/b:ro,Z,rslave')).toEqual({
      source: '/a',
      target: '/b',
      mode: 'ro,Z,rslave',
      options: { readOnly: true, propagation: 'rslave', noCopy: false, label: 'Z' },
    })
    expect(parseBind('/b')).toMatchObject({ source: '', target: '/b' })
    expect(parseBind('vol:/b:nocopy').options.noCopy).toBe(true)
  })
  test.each(['', ':', 'a:b:c:d', '/a:rw'])('%j is refused', raw => expect(() => parseBind(raw)).toThrow(MountSpecError))
})

test('parseVolumesFrom', () => {
  expect(parseVolumesFrom('abc')).toEqual({ container: 'abc', readOnly: false })
  expect(parseVolumesFrom('abc:ro,z')).toEqual({ container: 'abc', readOnly: true })
  expect(() => parseVolumesFrom('abc:shared')).toThrow('invalid mode: shared')
})

test('paths', () => {
  expect(cleanPath('/a/../../b//c/')).toBe('/b/c')
  expect(cleanPath('..')).toBe('/')
  expect(targetComplaint('/a/..')).toBe("invalid specification: destination can't be '/'")
  expect(targetComplaint('\\')).toBe("invalid specification: destination can't be '/'")
  expect(targetComplaint('/a')).toBeUndefined()
  expect(['a', 'a/../b', './a'].map(isLocalPath)).toEqual([true, true, true])
  expect(['', '/a', '..', '../a', 'a/../../b'].map(isLocalPath)).toEqual([false, false, false, false, false])
})

describe('tmpfs options', () => {
  test('the later of two that contradict each other wins', () => {
    expect(tmpfsOptions('')).toEqual(['noexec', 'nosuid', 'nodev'])
    expect(tmpfsOptions('exec,size=1m,size=2m,rw,ro')).toEqual(['nosuid', 'nodev', 'exec', 'size=2m', 'ro'])
  })
  test.each(['x', 'size', 'size=', 'size=-5', 'mode=888', 'uid=x', 'remount', 'rbind', 'upperdir=/etc'])('%j', text =>
    expect(() => tmpfsOptions(text)).toThrow('invalid tmpfs option'),
  )
  test('of a mount', () => {
    expect(tmpfsText({ SizeBytes: 64 * 1024 ** 2, Mode: 0o1777 }, true)).toBe('ro,mode=1777,size=64m')
    expect(tmpfsText({ SizeBytes: 5000, Options: [['exec']] }, false)).toBe('size=5000,exec')
    expect(() => tmpfsText({ Options: [['suid']] }, false)).toThrow('invalid option: suid')
  })
})

describe('parseVolumeFlag', () => {
  test('a relative source is one of the working directory', () => {
    expect(parseVolumeFlag('./a:/x:ro', '/home/me')).toEqual({ kind: 'bind', bind: '/home/me/a:/x:ro' })
    expect(parseVolumeFlag('.:/x', '/home/me')).toEqual({ kind: 'bind', bind: '/home/me:/x' })
    expect(parseVolumeFlag('vol:/x', '/home/me')).toEqual({ kind: 'bind', bind: 'vol:/x' })
    expect(parseVolumeFlag('/x', '/home/me')).toEqual({ kind: 'anonymous', target: '/x' })
  })
  test.each(['', ':/x', '/x:', 'a:b:c:d'])('%j is refused', text =>
    expect(() => parseVolumeFlag(text, '/')).toThrow(MountSpecError),
  )
})
