import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { hostDirectory } from '../kit/hostile-image.ts'
import { must, run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

const DATAGRAMS = join(import.meta.dir, '../../src/engine/networks/testing/datagrams.ts')
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const cli = (...args: string[]) => clientOf(daemon, 'docker').cli(args)
const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const setting = (path: string) => readFileSync(`/proc/sys/net/${path}`, 'utf8').trim()

/** Addresses that processes of this daemon listen on, `0.0.0.0:80`. */
async function listening(): Promise<string[]> {
  const pids = (await run(['pgrep', '-f', `${daemon.instance.dataRoot}|${daemon.instance.execRoot}`])).stdout.split(
    '\n',
  )
  const lines = (await must(['ss', '-Hltunp'])).split('\n')
  return lines
    .filter(line => pids.some(pid => pid !== '' && line.includes(`pid=${pid},`)))
    .map(line => line.trim().split(/\s+/)[4] ?? '')
}

describe('the host’s side', () => {
  test('CVE-2020-13401, CVE-2024-32473: no interface of an IPv4 network has IPv6 or listens to routers, on either side', async () => {
    await out('run', '-d', '--name', 'v4', 'busybox', 'sleep', '1000')
    const links = readdirSync('/proc/sys/net/ipv6/conf').filter(
      name => name === daemon.instance.bridge || name.startsWith(daemon.instance.linkPrefix),
    )
    expect(links.length).toBeGreaterThan(1)
    for (const link of links) expect(`${link} ${setting(`ipv6/conf/${link}/disable_ipv6`)}`).toBe(`${link} 1`)
    expect(
      await out(
        'exec',
        'v4',
        'sh',
        '-c',
        'grep -c eth0 /proc/net/if_inet6; cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6',
      ),
    ).toBe('0\n1')
    await out('rm', '-f', 'v4')
  })

  test('CVE-2021-4024: nothing listens but what is published, and only where it is published', async () => {
    expect(await listening()).toEqual([])
    await out('run', '-d', '--name', 'local', '-p', '127.0.0.1:0:80', 'busybox', 'sleep', '1000')
    const bound = await listening()
    expect(bound.length).toBeGreaterThan(0)
    for (const address of bound) expect(address).toMatch(/^127\.0\.0\.1:/)
    await out('rm', '-f', 'local')
    expect(await listening()).toEqual([])
  })

  test('CVE-2025-54388, CVE-2025-54410: a firewall that is flushed is there again, and nothing is open meanwhile that was not', async () => {
    await out(
      'run',
      '-d',
      '--name',
      'guarded',
      '-p',
      '127.0.0.1:0:80',
      'busybox',
      'httpd',
      '-f',
      '-p',
      '80',
      '-h',
      '/etc',
    )
    const { table } = daemon.instance
    const rules = async () => (await run(['nft', 'list', 'table', 'inet', table])).stdout
    const before = await rules()
    await must(['nft', 'delete', 'table', 'inet', table])
    await until('the table is there again', async () => (await rules()) === before)
    await out('rm', '-f', 'guarded')
  })

  test('moby TestConntrackFlowsLeak, #52423: a UDP flow of a container that is gone reaches the next on its port', async () => {
    using heard = hostDirectory()
    const client = await Bun.udpSocket({ hostname: '127.0.0.1', socket: { error: () => {} } })
    const serve = async (name: string, port: number) => {
      await out('run', '-d', '--name', name, '-p', `127.0.0.1:${port}:7/udp`, 'busybox', 'sleep', '1000')
      const pid = await out('inspect', '--format', '{{.State.Pid}}', name)
      const file = join(heard.path, name)
      writeFileSync(file, '')
      const server = Bun.spawn(['nsenter', '-t', pid, '-n', process.execPath, DATAGRAMS, 'serve', '7', file])
      const given = Number((await out('port', name, '7/udp')).split(':').at(-1))
      await until(`a datagram arrives at the ${name}`, () => {
        client.send('hello', given, '127.0.0.1')
        return readFileSync(file, 'utf8').includes('hello')
      })
      server.kill()
      await server.exited
      await out('rm', '-f', name)
      return given
    }
    await serve('second', await serve('first', 0))
    client.close()
  })

  test('[class] rule injection: no text of a request becomes a rule, a command or a name of a link', async () => {
    const before = await must(['nft', 'list', 'ruleset'])
    const asked = [
      { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1; flush ruleset', HostPort: '80' }] } },
      { PortBindings: { '80/tcp': [{ HostPort: '80 } ; flush ruleset' }] } },
      { PortBindings: { '80/tcp; flush ruleset': [{ HostPort: '80' }] } },
      { NetworkMode: 'bridge; flush ruleset' },
      { NetworkMode: 'container:$(reboot)' },
      { Dns: ['1.1.1.1\nnameserver 6.6.6.6'] },
      { ExtraHosts: ['a:1.1.1.1\n6.6.6.6 b'] },
    ]
    for (const HostConfig of asked) {
      const created = await daemon.api('POST', '/v1.44/containers/create', {
        Image: 'busybox',
        Cmd: ['true'],
        HostConfig,
      })
      const { Id } = (await created.json()) as { Id?: string }
      if (Id === undefined) continue
      expect((await cli('start', Id)).code).not.toBe(0)
      await out('rm', Id)
    }
    expect(await must(['nft', 'list', 'ruleset'])).toBe(before)
  })

  test('CVE-2021-20206: the name of a driver or runtime is never a path to a program', async () => {
    for (const name of ['../../bin/sh', '/bin/sh', 'local/../../x']) {
      expect((await cli('volume', 'create', '-d', name, 'v')).code).not.toBe(0)
      expect((await cli('network', 'create', '-d', name, 'n')).code).not.toBe(0)
      expect((await cli('run', '--rm', '--runtime', name, 'busybox', 'true')).code).not.toBe(0)
      expect((await cli('run', '--rm', '--log-driver', name, 'busybox', 'true')).code).not.toBe(0)
    }
  })
})

describe('the container’s side', () => {
  test('[class] ARP, MAC and IP spoofing: a container cannot change its own link, addresses or routes, and one without NET_RAW has no raw sockets', async () => {
    const changes = [
      'ip link set eth0 address 02:00:00:00:00:01',
      'ip addr add 172.17.0.250/16 dev eth0',
      'ip route add 1.2.3.4 dev eth0',
      'ip neigh add 172.17.0.1 lladdr 02:00:00:00:00:01 dev eth0',
      'ip link set eth0 promisc on',
      'echo 1 > /proc/sys/net/ipv4/ip_forward',
    ]
    expect(
      await out(
        'run',
        '--rm',
        'busybox',
        'sh',
        '-c',
        changes
          .map((change, index) => `(${change}) 2>/dev/null && echo ${index}`)
          .join('; ')
          .concat('; true'),
      ),
    ).toBe('')
    const arping = await cli(
      'run',
      '--rm',
      '--cap-drop',
      'NET_RAW',
      'busybox',
      'arping',
      '-c',
      '1',
      '-I',
      'eth0',
      '172.17.0.1',
    )
    expect(arping.stderr).toContain('Operation not permitted')
  })

  test('CVE-2021-4024, CVE-2014-5279, CVE-2025-9074: no interface of the daemon is reached from a container', async () => {
    const gateway = await out(
      'run',
      '--rm',
      'busybox',
      'sh',
      '-c',
      'ip route | sed -n "s/default via \\([0-9.]*\\).*/\\1/p"',
    )
    for (const port of [2375, 2376, 4243]) {
      const asked = await cli('run', '--rm', 'busybox', 'wget', '-qO-', '-T', '1', `http://${gateway}:${port}/_ping`)
      expect(asked.code).not.toBe(0)
    }
    expect(await out('run', '--rm', 'busybox', 'sh', '-c', 'find / -xdev -name "*.sock" 2>/dev/null | wc -l')).toBe('0')
  })
})

test('moby #20486, #7856, #25981, #33568: a port of a removed container is free for anybody at once', async () => {
  for (let round = 0; round < 3; round++) {
    await out(
      'run',
      '-d',
      '--name',
      'ported',
      '-p',
      '127.0.0.1:0:80',
      'busybox',
      'httpd',
      '-f',
      '-p',
      '80',
      '-h',
      '/etc',
    )
    const port = Number((await out('port', 'ported', '80/tcp')).split(':').at(-1))
    await out('rm', '-f', 'ported')
    const server = Bun.listen({ hostname: '127.0.0.1', port, socket: { data: () => {} } })
    await new Promise<void>((resolve, reject) => connect(port, '127.0.0.1', resolve).on('error', reject).unref())
    server.stop(true)
  }
})
