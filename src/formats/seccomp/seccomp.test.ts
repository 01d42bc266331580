import { describe, expect, test } from 'bun:test'
import { parseProfile, SeccompProfileError } from './parse.ts'
import { DEFAULT_PROFILE, resolveProfile, type SeccompSubject } from './profile.ts'

const subject: SeccompSubject = { capabilities: [], architecture: 'amd64', kernel: { major: 6, minor: 1 } }
const rulesFor = (name: string, more: Partial<SeccompSubject> = {}) =>
  resolveProfile(DEFAULT_PROFILE, { ...subject, ...more })!.syscalls.filter(({ names }) => names.includes(name))

describe('the default profile', () => {
  test('refuses with EPERM what it does not allow', () =>
    expect(resolveProfile(DEFAULT_PROFILE, subject)).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    }))
  test.each(['keyctl', 'add_key', 'io_uring_setup', 'userfaultfd', 'kexec_load', 'open_by_handle_at', 'bpf', 'mount'])(
    'has no rule for %s',
    name => expect(rulesFor(name)).toEqual([]),
  )
  test('allows mount to those who may administer the system', () =>
    expect(rulesFor('mount', { capabilities: ['CAP_SYS_ADMIN'] })).toHaveLength(1))
  test('filters the flags of clone and hides clone3 from everybody else', () => {
    expect(rulesFor('clone')[0]?.args).toHaveLength(1)
    expect(rulesFor('clone3')).toMatchObject([{ action: 'SCMP_ACT_ERRNO', errnoRet: 38 }])
    expect(rulesFor('clone3', { capabilities: ['CAP_SYS_ADMIN'] })).toMatchObject([{ action: 'SCMP_ACT_ALLOW' }])
  })
  test('allows ptrace since Linux 4.8', () => {
    expect(rulesFor('ptrace')).toHaveLength(1)
    expect(rulesFor('ptrace', { kernel: { major: 4, minor: 4 } })).toHaveLength(0)
  })
  test('closes the multiplexer through which 32-bit programs reach AF_ALG [CVE-2026-31431]', () =>
    expect(rulesFor('socketcall')).toMatchObject([{ action: 'SCMP_ACT_ERRNO' }]))
  test('has the calls of each architecture', () => {
    expect(rulesFor('arch_prctl')).toHaveLength(1)
    expect(rulesFor('arch_prctl', { architecture: 'arm64' })).toHaveLength(0)
    expect(rulesFor('cacheflush', { architecture: 'arm64' })).toHaveLength(1)
  })
})

describe('parseProfile', () => {
  test('reads Docker’s form', () => {
    const text = JSON.stringify({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        { name: 'chmod', action: 'SCMP_ACT_ERRNO', errnoRet: 13 },
        { names: ['chown'], action: 'SCMP_ACT_KILL', excludes: { caps: ['CAP_CHOWN'] } },
      ],
    })
    const resolved = resolveProfile(parseProfile(text), { ...subject, capabilities: ['CAP_CHOWN'] })
    expect(resolved?.syscalls.map(({ names }) => names)).toEqual([['chmod']])
  })
  test('keeps 64-bit values exactly', () => {
    const rule = `{"names":["x"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}`
    const profile = parseProfile(`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${rule}]}`)
    expect(profile.syscalls[0]?.args?.[0]?.value).toBe(18446744073709551615n)
  })
  test('an empty profile says nothing', () => expect(resolveProfile(parseProfile('{}'), subject)).toBeUndefined())
  test.each([
    ['{', 'Decoding seccomp profile failed'],
    ['[]', 'Decoding seccomp profile failed'],
    ['{"defaultAction":"FOO"}', 'string FOO is not a valid action for seccomp'],
    ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":5}', 'syscalls must be a list'],
    [
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"],"action":"SCMP_ACT_KILL"}]}',
      "both 'name' and 'names' are specified",
    ],
    [
      '{"architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]}',
      "both 'architectures' and 'archMap' are specified",
    ],
    [
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"action":"SCMP_ACT_KILL","args":[{"index":6,"op":"SCMP_CMP_EQ"}]}]}',
      'index of an argument',
    ],
  ])('%s', (text, message) => {
    expect(() => parseProfile(text)).toThrow(SeccompProfileError)
    expect(() => parseProfile(text)).toThrow(message)
  })
})
