import { describe, expect, test } from 'bun:test'
import { DEFAULT_CAPABILITIES } from '../../formats/capabilities/capabilities.ts'
import { parseProfile } from '../../formats/seccomp/parse.ts'
import { DEFAULT_PROFILE, resolveProfile } from '../../formats/seccomp/profile.ts'
import type { SeccompProfile } from '../../formats/seccomp/profile-types.ts'
import { compileSeccomp } from './compile.ts'
import { newerCall } from './newer-calls.ts'
import { ALLOW, type Call, errno, I386, verdict, X86_64 } from './testing/simulate.ts'

const [EPERM, ENOSYS] = [1, 38]
const compiled = (profile: SeccompProfile, capabilities: readonly string[] = DEFAULT_CAPABILITIES) =>
  compileSeccomp(resolveProfile(profile, { capabilities, architecture: 'amd64', kernel: { major: 6, minor: 1 } })!)
const plain = compiled(DEFAULT_PROFILE)
const on64 = (number: number, ...args: number[]): Call => ({ architecture: X86_64, number, args })
const on32 = (number: number, ...args: number[]): Call => ({ architecture: I386, number, args })

describe('the default filter on x86_64', () => {
  const CALLS: [string, Call, number][] = [
    ['read', on64(0), ALLOW],
    ['execve', on64(59), ALLOW],
    ['ptrace', on64(101), ALLOW],
    ['chroot', on64(161), ALLOW],
    ['mount', on64(165), errno(EPERM)],
    ['keyctl', on64(250), errno(EPERM)],
    ['unshare', on64(272), errno(EPERM)],
    ['bpf', on64(321), errno(EPERM)],
    ['userfaultfd', on64(323), errno(EPERM)],
    ['io_uring_setup', on64(425), errno(EPERM)],
    ['clone of a thread', on64(56, 0x3d0f00), ALLOW],
    ['clone of a user namespace', on64(56, 0x10000011), errno(EPERM)],
    ['clone of a mount namespace', on64(56, 0x00020011), errno(EPERM)],
    ['clone3', on64(435), errno(ENOSYS)],
    ['socket of AF_INET', on64(41, 2), ALLOW],
    ['socket of AF_NETLINK', on64(41, 16), ALLOW],
    ['socket of AF_ALG [CVE-2026-31431]', on64(41, 38), errno(EPERM)],
    ['socket of AF_VSOCK', on64(41, 40), errno(EPERM)],
    ['socket of AF_VSOCK with high bits', on64(41, 40), errno(EPERM)],
    ['personality Linux', on64(135, 0), ALLOW],
    ['personality that drops randomization', on64(135, 0x40000), errno(EPERM)],
    ['fchmodat2, younger than old libseccomps', on64(452), ALLOW],
    ['mseal', on64(462), ALLOW],
    ['lsm_get_self_attr', on64(459), errno(EPERM)],
    ['a call nobody knows yet', on64(900), errno(ENOSYS)],
    ['read of a 32-bit program', on32(3), ALLOW],
    ['socket(AF_ALG) of a 32-bit program', on32(359, 38), errno(EPERM)],
    ['socketcall of a 32-bit program', on32(102, 1), errno(ENOSYS)],
    ['mount of a 32-bit program', on32(21), errno(EPERM)],
    ['fchmodat2 of a 32-bit program', on32(452), ALLOW],
    ['a call nobody knows yet of a 32-bit program', on32(900), errno(ENOSYS)],
    ['getpid by x32', on64(0x40000000 + 39), ALLOW],
    ['mount by x32', on64(0x40000000 + 165), errno(EPERM)],
  ]
  test.skipIf(process.arch !== 'x64').each(CALLS)('%s', (_, call, action) => expect(verdict(plain, call)).toBe(action))

  test.skipIf(process.arch !== 'x64')('an architecture that is not named is refused', () =>
    expect(verdict(plain, { architecture: 0xc00000b7, number: 0 })).not.toBe(ALLOW),
  )
  test.skipIf(process.arch !== 'x64')('those who administer the system may mount and make namespaces', () => {
    const privileged = compiled(DEFAULT_PROFILE, ['CAP_SYS_ADMIN'])
    for (const call of [on64(165), on64(272), on64(435), on64(56, 0x10000011), on64(321)]) {
      expect(verdict(privileged, call)).toBe(ALLOW)
    }
  })
})

describe('profiles of users', () => {
  const allowAllBut = (rules: unknown[]) =>
    compiled(
      parseProfile(
        JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', archMap: DEFAULT_PROFILE.archMap, syscalls: rules }),
      ),
    )

  test.skipIf(process.arch !== 'x64')('one that allows everything else allows what is younger too', () => {
    const program = allowAllBut([{ names: ['chmod'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 }])
    expect(verdict(program, on64(90))).toBe(errno(13))
    expect(verdict(program, on64(0))).toBe(ALLOW)
    expect(verdict(program, on64(900))).toBe(ALLOW)
  })
  test.skipIf(process.arch !== 'x64')('several conditions on one argument are alternatives', () => {
    const is = (value: number) => ({ index: 0, value, op: 'SCMP_CMP_EQ' })
    const program = allowAllBut([{ names: ['kill'], action: 'SCMP_ACT_ERRNO', errnoRet: 7, args: [is(5), is(6)] }])
    expect([5, 6, 7].map(pid => verdict(program, on64(62, pid)))).toEqual([errno(7), errno(7), ALLOW])
  })
  test('names that nobody knows are left out', () =>
    expect(() => allowAllBut([{ names: ['no_such_call'], action: 'SCMP_ACT_KILL' }])).not.toThrow())
  test('an architecture that nobody knows is refused', () =>
    expect(() =>
      compileSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_FOO'], syscalls: [] }),
    ).toThrow('string SCMP_ARCH_FOO is not a valid arch for seccomp'))
})

test('one profile is compiled once', () => expect(compiled(DEFAULT_PROFILE)).toBe(plain))
test('names of objects are no calls', () => expect(newerCall('constructor')).toBeUndefined())
