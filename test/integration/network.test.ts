import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const page = async (url: string): Promise<string> => {
  const { code, stdout } = await run(['curl', '-fsS', '--max-time', '2', url])
  return code === 0 ? stdout : ''
}

describe.each([...CLIENTS])('the default network, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)
  const server = ['busybox', 'httpd', '-f', '-p', '80', '-h', '/etc']
  const address = (container: string) =>
    out('inspect', '--format', '{{.NetworkSettings.Networks.bridge.IPAddress}}', container)

  test('containers have an address each, a gateway, and reach each other', async () => {
    await out('run', '-d', '--name', 'one', ...server)
    const ip = await address('one')
    expect(ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
    expect(await out('run', '--rm', 'busybox', 'wget', '-qO-', `http://${ip}/hostname`)).toBe(
      await out('inspect', '--format', '{{.Config.Hostname}}', 'one'),
    )
    expect(await out('run', '--rm', 'busybox', 'sh', '-c', 'ip route | head -1')).toStartWith('default via ')
    await out('rm', '-f', 'one')
  })

  test('a published port answers on the host by IPv4 and IPv6 loopback, and from a container by the host’s address', async () => {
    await out('run', '-d', '--name', 'web', '-p', '80', ...server)
    const port = (await out('port', 'web', '80/tcp')).split('\n')[0]?.split(':').at(-1)
    expect(await until('IPv4 answers', () => page(`http://127.0.0.1:${port}/passwd`))).toContain('root:')
    expect(await until('IPv6 answers', () => page(`http://[::1]:${port}/passwd`))).toContain('root:')
    const gateway = await out('inspect', '--format', '{{.NetworkSettings.Networks.bridge.Gateway}}', 'web')
    expect(await out('run', '--rm', 'busybox', 'wget', '-qO-', `http://${gateway}:${port}/passwd`)).toContain('root:')
    await out('rm', '-f', 'web')
    expect(await page(`http://127.0.0.1:${port}/passwd`)).toBe('')
  })

  test('a port that is taken is refused, the container is not started, and starts once it is free', async () => {
    await out('run', '-d', '--name', 'holder', '-p', '127.0.0.1:0:80', ...server)
    const port = (await out('port', 'holder', '80/tcp')).split(':').at(-1)
    const refused = await client().cli(['run', '-d', '--name', 'second', '-p', `127.0.0.1:${port}:80`, ...server])
    expect(refused.code).toBe(125)
    expect(refused.stderr).toMatch(/port is already allocated|address already in use/)
    await out('rm', '-f', 'holder')
    await out('start', 'second')
    expect(await until('it answers', () => page(`http://127.0.0.1:${port}/passwd`))).toContain('root:')
    await out('rm', '-f', 'second')
  })

  test('UDP is published too, by IPv4 and by IPv6 loopback', async () => {
    await out('run', '-d', '--name', 'echo', '-p', '7/udp', 'busybox', 'sleep', '1000')
    const pid = await out('inspect', '--format', '{{.State.Pid}}', 'echo')
    const program =
      'import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(("", 7))\nwhile True: s.sendto(*s.recvfrom(2000))'
    const server = Bun.spawn(['nsenter', '-t', pid, '-n', 'python3', '-c', program])
    const port = Number((await out('port', 'echo', '7/udp')).split(':').at(-1))
    for (const address of ['127.0.0.1', '::1']) {
      const answer = await until(`it echoes by ${address}`, async () => {
        const { stdout } = await run([
          'bash',
          '-c',
          `exec 3<>/dev/udp/${address}/${port}; echo ping >&3; timeout 1 head -n1 <&3`,
        ])
        return stdout.trim()
      })
      expect(answer).toBe('ping')
    }
    server.kill()
    await server.exited
    await out('rm', '-f', 'echo')
  })

  test('none has no network, host has the host’s, container:ID that of another', async () => {
    expect(
      await out('run', '--rm', '--network', 'none', 'busybox', 'sh', '-c', 'ls /sys/class/net | tr "\\n" " "'),
    ).toBe('lo')
    expect(await out('run', '--rm', '--network', 'host', 'busybox', 'cat', '/proc/net/dev')).toContain(
      daemon.instance.bridge,
    )
    await out('run', '-d', '--name', 'origin', ...server)
    expect(
      await out('run', '--rm', '--network', 'container:origin', 'busybox', 'wget', '-qO-', 'http://127.0.0.1/passwd'),
    ).toContain('root:')
    await out('rm', '-f', 'origin')
  })

  test('the files of names are the engine’s: hosts, hostname, resolv.conf', async () => {
    const told = await out(
      'run',
      '--rm',
      '-h',
      'ship',
      'busybox',
      'sh',
      '-c',
      'cat /etc/hosts; grep -c nameserver /etc/resolv.conf',
    )
    expect(told).toMatch(/127\.0\.0\.1\s+localhost/)
    expect(told).toMatch(/\d+\.\d+\.\d+\.\d+\s+ship/)
  })

  test('IPv6 is off inside while the network has none', async () => {
    expect(await out('run', '--rm', 'busybox', 'sh', '-c', 'cat /proc/net/if_inet6 | grep -v " lo$" | wc -l')).toBe('0')
  })
})
