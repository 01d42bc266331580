import { describe, expect, test } from 'bun:test'
import { sshCommand } from './ssh.ts'

const SCRIPT = `sh -c 'if command -v berth >/dev/null 2>&1; then exec berth system dial-stdio; else exec docker system dial-stdio; fi'`

describe('ssh:// hosts', () => {
  test('name a user, a port and the socket over there', () => {
    expect(sshCommand('ssh://h.example')).toEqual(['ssh', '-o', 'ConnectTimeout=30', '-T', '--', 'h.example', SCRIPT])
    expect(sshCommand('ssh://me@h:2222').slice(4, 9)).toEqual(['-l', 'me', '-p', '2222', '--'])
    expect(sshCommand('ssh://h/run/b.sock').at(-1)).toContain('berth --host unix:///run/b.sock system dial-stdio')
    expect(sshCommand('ssh://[::1]:22').at(-2)).toBe('::1')
  })

  test('never give the shell over there anything but words', () => {
    const last = sshCommand(`ssh://h/tmp/$(touch%20x)';id`).at(-1) ?? ''
    const run = Bun.spawnSync(['sh', '-c', last.replaceAll('exec docker', 'echo').replaceAll('exec berth', 'echo')])
    expect(run.stdout.toString()).toBe("--host unix:///tmp/$(touch x)';id system dial-stdio\n")
  })

  test.each([
    ['ssh://', 'hostname is empty'],
    ['ssh://me:secret@h', 'plain-text password is not supported'],
    ['ssh://h?x=1', 'query parameters are not allowed: "x=1"'],
    ['ssh://h#x', 'fragments are not allowed: "x"'],
    ['ssh://-oProxyCommand=touch%20x', 'hostname contains invalid characters'],
    ['ssh://-E/tmp/x', 'hostname contains invalid characters'],
    ['ssh://h/%0aid', 'control characters are not allowed'],
  ])('%s is refused', (text, why) => {
    expect(() => sshCommand(text)).toThrow(`ssh host connection is not valid: invalid SSH URL: ${why}`)
  })

  test('a password is not told', () => {
    expect(() => sshCommand('ssh://me:secret@h')).not.toThrow('secret')
  })
})
