import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { lstatSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { hostDirectory, hostileImage } from '../kit/hostile-image.ts'
import { run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon({ flags: ['--log-level', 'debug'] })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const cli = (...args: string[]) => clientOf(daemon, 'docker').cli(args)
const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const mode = (path: string) => statSync(path).mode & 0o7777
const asNobody = (...argv: string[]) => run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...argv])

describe('the engine’s directories', () => {
  test('CVE-2021-41091, CVE-2021-41103, CVE-2024-25621: a user of the host reaches no file of a container, volume or layer, and runs no setuid program of one', async () => {
    await hostileImage(daemon, 'suid', 'cp bin/busybox bin/rootme; chmod 4755 bin/rootme; chmod 777 .')
    const id = await out(
      'run',
      '-d',
      '-v',
      'data:/data',
      'suid',
      'sh',
      '-c',
      'cp /bin/busybox /data/rootme; chmod 4755 /data/rootme; chmod 777 /data /; exec sleep 1000',
    )
    const { dataRoot, execRoot } = daemon.instance
    expect([mode(dataRoot), statSync(dataRoot).uid]).toEqual([0o710, 0])
    const places = [
      dataRoot,
      execRoot,
      join(dataRoot, 'volumes/data/_data'),
      join(dataRoot, 'containers', id, 'rw/diff'),
      join(execRoot, 'containers', id),
    ]
    for (const place of places) {
      expect(`${place}: ${(await asNobody('ls', place)).code}`).not.toBe(`${place}: 0`)
      expect((await asNobody('touch', join(place, 'x'))).code).not.toBe(0)
    }
    expect((await asNobody(join(dataRoot, 'volumes/data/_data/rootme'), 'id')).code).not.toBe(0)
    await out('rm', '-f', id)
    await out('volume', 'rm', 'data')
  })

  test('[class] modes of state: database, logs, configuration, sockets and exit files are for root alone', async () => {
    const id = await out('run', '-d', 'busybox', 'sh', '-c', 'echo secret; exec sleep 1000')
    const { dataRoot, execRoot } = daemon.instance
    const open = [...filesBelow(dataRoot, ['layers', 'rw', 'volumes']), ...filesBelow(execRoot, ['rootfs', 'netns'])]
      .filter(path => (lstatSync(path).mode & 0o007) !== 0 && !/\/(hosts|hostname|resolv\.conf)$/.test(path))
      .filter(path => !lstatSync(path).isSymbolicLink())
    expect(open.filter(path => (lstatSync(path).mode & 0o002) !== 0)).toEqual([])
    expect(open.filter(path => /berth\.db|json\.log|config\.json|process\.json|exit$|\.key$/.test(path))).toEqual([])
    await out('rm', '-f', id)
  })

  test('CVE-2014-0047, CVE-2020-27534, CVE-2025-4953: temporary files lie in the engine’s own directory, none is predictable or shared', async () => {
    expect(mode(join(daemon.instance.dataRoot, 'tmp')) & 0o077).toBe(0)
    const before = new Set(readdirSync('/tmp'))
    await hostileImage(daemon, 'temporary', 'true')
    await out('run', '--rm', '-v', '/x', 'temporary', 'true')
    const held = (await run(['ls', '-l', `/proc/${daemon.pid()}/fd`])).stdout
    expect(held).not.toMatch(/ -> \/(var\/)?tmp\/(?!berth-test-)/)
    const berths = readdirSync('/tmp').filter(name => !before.has(name) && /^(docker|layer|import)/i.test(name))
    expect(berths).toEqual([])
    const own = () => readdirSync(join(daemon.instance.dataRoot, 'tmp'))
    await until('its own are gone too', async () => own().length === 0)
  })
})

function filesBelow(directory: string, without: string[]): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap(entry => {
    if (without.includes(entry.name)) return []
    const path = join(directory, entry.name)
    return entry.isDirectory() ? [path, ...filesBelow(path, without)] : [path]
  })
}

describe('secrets', () => {
  test('CVE-2019-13509, harbor GHSA-prh4-vhfh-24mj: neither environment, registry credentials nor bodies are in the log, in debug neither', async () => {
    const secret = 'pa55-of-a-test'
    await out('run', '--rm', '-e', `PASSWORD=${secret}`, '--label', `token=${secret}`, 'busybox', 'true')
    await daemon.api('POST', '/v1.44/auth', { username: 'me', password: secret, serveraddress: '127.0.0.1:1' })
    const auth = Buffer.from(JSON.stringify({ username: 'me', password: secret })).toString('base64url')
    await fetch('http://berth/v1.44/images/create?fromImage=127.0.0.1:1/x&tag=y', {
      unix: daemon.socket,
      method: 'POST',
      headers: { 'X-Registry-Auth': auth },
    }).then(response => response.text())
    expect(daemon.log()).toContain('debug')
    expect(daemon.log()).not.toContain(secret)
    expect(daemon.log()).not.toContain(auth)
  })
})

describe('files that lead elsewhere', () => {
  test('CVE-2025-0750, CVE-2026-53489: a log that is a link is not written, read or removed through', async () => {
    using outside = hostDirectory()
    const target = join(outside.path, 'target')
    writeFileSync(target, '{"log":"of the host\\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}\n')
    const before = readFileSync(target, 'utf8')
    const id = await out('create', 'busybox', 'echo', 'x')
    const log = join(daemon.instance.dataRoot, 'containers', id, `${id}-json.log`)
    rmSync(log, { force: true })
    symlinkSync(target, log)
    await cli('start', '-a', id)
    expect((await cli('logs', id)).stdout).not.toContain('of the host')
    await out('rm', id)
    expect(readFileSync(target, 'utf8')).toBe(before)
  })

  test('CVE-2026-19730: shorter new content leaves nothing of the longer old', async () => {
    await out(
      'create',
      '--name',
      'shorter',
      '-h',
      `${'long'.repeat(10)}`,
      '--add-host',
      `${'x'.repeat(50)}:1.2.3.4`,
      'busybox',
      'sleep',
      '1000',
    )
    await out('start', 'shorter')
    const { dataRoot } = daemon.instance
    const [id = ''] = readdirSync(join(dataRoot, 'containers'))
    const hosts = join(dataRoot, 'containers', id, 'hosts')
    await out('stop', '-t', '0', 'shorter')
    const whole = readFileSync(hosts, 'utf8')
    writeFileSync(hosts, `${whole}${'# stale\n'.repeat(500)}`)
    await out('start', 'shorter')
    expect(await out('exec', 'shorter', 'cat', '/etc/hosts')).not.toContain('stale')
    using directory = hostDirectory()
    writeFileSync(join(directory.path, 'file'), 'long '.repeat(1000))
    await out('cp', join(directory.path, 'file'), 'shorter:/file')
    writeFileSync(join(directory.path, 'file'), 'short')
    await out('cp', join(directory.path, 'file'), 'shorter:/file')
    expect(await out('exec', 'shorter', 'cat', '/file')).toBe('short')
    await out('rm', '-f', 'shorter')
  })
})
