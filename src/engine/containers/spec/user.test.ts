import { describe, expect, test } from 'bun:test'
import { resolveUser } from './user.ts'

const PASSWD = `root:x:0:0:root:/root:/bin/sh
web:x:1000:1001:Web:/srv/web:/bin/false
1234:x:0:0:trap:/root:/bin/sh
broken:x:nope:0::/:/bin/sh
big:x:4294967296:0::/:/bin/sh
nohome:x:7:7::relative:/bin/sh
`
const GROUP = `root:x:0:
web:x:1001:
audio:x:29:web,other
video:x:44:web
1001:x:0:
`
const files = (passwd = PASSWD, group = GROUP) => ({
  readText: (path: string) => (path === '/etc/passwd' ? passwd : path === '/etc/group' ? group : ''),
})

describe('resolveUser', () => {
  test.each([
    ['', 0, 0, [0], '/root'],
    ['root', 0, 0, [0], '/root'],
    ['web', 1000, 1001, [1001, 29, 44], '/srv/web'],
    ['1000', 1000, 1001, [1001, 29, 44], '/srv/web'],
    ['web:audio', 1000, 29, [29], '/srv/web'],
    ['web:0', 1000, 0, [0], '/srv/web'],
    ['5000', 5000, 0, [0], '/'],
    ['5000:6000', 5000, 6000, [6000], '/'],
    ['2147483647', 2147483647, 0, [0], '/'],
    [':29', 0, 29, [29], '/root'],
    ['web:video:c', 1000, 44, [44], '/srv/web'],
  ])('%j', (spec, uid, gid, additionalGids, home) =>
    expect(resolveUser(files(), spec)).toEqual({ uid, gid, additionalGids, home }),
  )

  test('a number is never a name [CVE-2016-3697, CVE-2026-46680]', () => {
    expect(resolveUser(files(), '1234').uid).toBe(1234)
    expect(resolveUser(files(), 'web:1001').gid).toBe(1001)
  })
  test('the primary group is among the additional ones [CVE-2022-36109]', () =>
    expect(resolveUser(files(), 'web', ['video', '77', 'audio']).additionalGids).toEqual([1001, 29, 44, 77]))
  test('a home that is no path is none', () => expect(resolveUser(files(), 'nohome').home).toBe('/'))
  test('nothing in the files is no obstacle to numbers', () =>
    expect(resolveUser(files('', ''), '3:4', ['5'])).toEqual({ uid: 3, gid: 4, additionalGids: [4, 5], home: '/' }))

  test.each([
    ['nope', 'unable to find user nope: no matching entries in passwd file'],
    ['big', 'unable to find user big: no matching entries in passwd file'],
    [' 0', 'unable to find user  0: no matching entries in passwd file'],
    ['0:nope', 'unable to find group nope: no matching entries in group file'],
    ['-1', 'uids and gids must be in range 0-2147483647'],
    ['4294967296', 'uids and gids must be in range 0-2147483647'],
    ['2147483648', 'uids and gids must be in range 0-2147483647'],
    ['0:4294967295', 'uids and gids must be in range 0-2147483647'],
  ])('%j is refused', (spec, message) => expect(() => resolveUser(files(), spec)).toThrow(message))
  test('an unknown added group', () =>
    expect(() => resolveUser(files(), '', ['nope'])).toThrow(
      'Unable to find group nope: no matching entries in group file',
    ))
})
