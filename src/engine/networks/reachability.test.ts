import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { TestMachine } from './testing/test-machine.ts'

setDefaultTimeout(30_000)
let machine: TestMachine
let daemon: ReturnType<TestMachine['daemon']>
let web: Awaited<ReturnType<typeof daemon.run>>
let other: Awaited<ReturnType<typeof daemon.run>>
const HOST = '198.51.100.1'

beforeAll(async () => {
  machine = new TestMachine()
  daemon = machine.daemon()
  await daemon.start()
  web = await daemon.run({
    portBindings: {
      '80/tcp': [{ HostPort: '8080' }, { HostIp: '127.0.0.1', HostPort: '8081' }, { HostIp: HOST, HostPort: '8082' }],
      '7/udp': [{ HostPort: '8007' }],
    },
  })
  other = await daemon.run()
  await machine.serve('web', 80, web.namespace)
  await machine.serve('hidden', 90, web.namespace)
  await machine.echo(7, web.namespace)
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await machine[Symbol.asyncDispose]()
})

describe('a port published on all addresses', () => {
  test('answers the host at its loopback, IPv4 and IPv6, and at each of its addresses', () => {
    const gateway = web.attachment.endpoints['bridge']?.Gateway
    for (const address of ['127.0.0.1', '127.0.0.9', '[::1]', HOST, gateway]) {
      expect([address, machine.ask(`${address}:8080`)]).toEqual([address, 'web'])
    }
  })

  test('answers another machine', () => {
    expect(machine.ask(`${HOST}:8080`, machine.outside)).toBe('web')
  })

  test('answers another container, and its own, at an address of the host', () => {
    expect(machine.ask(`${HOST}:8080`, other.namespace)).toBe('web')
    expect(machine.ask(`${HOST}:8080`, web.namespace)).toBe('web')
    expect(machine.ask(`172.17.0.1:8080`, web.namespace)).toBe('web')
  })

  test('carries datagrams, by IPv4 and by IPv6', () => {
    expect(machine.askUdp('127.0.0.1', 8007, 'ping')).toBe('ping from 127.0.0.1')
    expect(machine.askUdp('::1', 8007, 'ping6')).toBe('ping6 from ::1')
    expect(machine.askUdp(HOST, 8007, 'ping', machine.outside)).toBe(`ping from ${HOST}`)
    expect(machine.askUdp(HOST, 8007, 'ping', web.namespace)).toBe(`ping from ${HOST}`)
  })
})

describe('a port published on one address', () => {
  test('CVE-2025-54388: of loopback answers the host alone, whatever another machine tries', () => {
    expect(machine.ask('127.0.0.1:8081')).toBe('web')
    machine.sh(
      `ip route add 127.0.0.0/8 via ${HOST} dev eth0 table 77; ip rule add to 127.0.0.0/8 table 77 pref 1; ip rule del pref 0
       ip rule add pref 2 lookup local; sysctl -qw net.ipv4.conf.all.route_localnet=1`,
      machine.outside,
    )
    machine.sh('sysctl -qw net.ipv4.conf.eth0.route_localnet=1')
    expect(machine.askInVain('127.0.0.1:8081', machine.outside)).toBe('')
    expect(machine.askInVain(`${HOST}:8081`, machine.outside)).toBe('')
    expect(machine.askInVain(`${HOST}:8081`, other.namespace)).toBe('')
    machine.sh('ip rule del pref 1; ip rule del pref 2; ip rule add pref 0 lookup local', machine.outside)
  })

  test('of the host answers there and not at its loopback', () => {
    expect(machine.ask(`${HOST}:8082`)).toBe('web')
    expect(machine.ask(`${HOST}:8082`, machine.outside)).toBe('web')
    expect(machine.askInVain('127.0.0.1:8082')).toBe('')
  })
})

describe('a container', () => {
  test('CVE-2021-20199: sees the address of another machine that comes by a published port', () => {
    const client = machine.start(['sh', '-c', `sleep 10 | busybox nc ${HOST} 8080`], machine.outside)
    // 198.51.100.2, as the kernel prints it
    const isSeen = () => /026433C6:[0-9A-F]{4} 01/.test(machine.sh('cat /proc/net/tcp*', web.namespace))
    for (let tries = 0; tries < 200 && !isSeen(); tries++) Bun.sleepSync(20)
    expect(isSeen()).toBe(true)
    client.kill('SIGKILL')
  })

  test('is reached by its neighbours and by the host at its own address, also at ports that are not published', () => {
    expect(machine.ask(`${web.address}:90`, other.namespace)).toBe('hidden')
    expect(machine.ask(`${web.address}:90`)).toBe('hidden')
  })

  test('moby TestDirectRoutingOpenPorts: is not reached at its own address by another machine that routes there, published port or not', () => {
    expect(machine.askInVain(`${web.address}:80`, machine.outside)).toBe('')
    expect(machine.askInVain(`${web.address}:90`, machine.outside)).toBe('')
  })

  test('reaches other machines, in the name of the host', async () => {
    await machine.serve('beyond', 85, machine.outside)
    expect(machine.ask('198.51.100.2:85', other.namespace)).toBe('beyond')
    machine.sh('ip route del default', machine.outside)
    expect(machine.ask('198.51.100.2:85', other.namespace)).toBe('beyond')
    machine.sh(`ip route add default via ${HOST}`, machine.outside)
  })

  test('cannot speak to the host’s loopback, or in its name', async () => {
    const heard = `${machine.directory}/heard`
    await machine.serve('loopback only', 86)
    await machine.echo(87, undefined, heard)
    machine.sh(
      `sysctl -qw net.ipv4.conf.all.route_localnet=1; ip route add 127.0.0.7/32 via 172.17.0.1
       ip addr add 127.0.0.8/32 dev eth0
       ip rule add to 127.0.0.7 lookup main pref 1; ip rule del pref 0; ip rule add pref 2 lookup local`,
      other.namespace,
    )
    expect(machine.askInVain('127.0.0.7:86', other.namespace)).toBe('')
    machine.askUdp('172.17.0.1', 87, 'as itself', other.namespace)
    machine.askUdp('172.17.0.1', 87, 'as loopback', other.namespace, '127.0.0.8')
    expect(machine.sh(`cat ${heard}`)).toBe('as itself\n')
  })

  test('CVE-2020-13401, CVE-2024-32473: has no IPv6 but at its loopback, and takes no router’s word', () => {
    const addresses = machine.sh('cat /proc/net/if_inet6', web.namespace)
    expect(addresses).not.toContain('eth0')
    expect(addresses).toContain('lo')
    expect(machine.sh('cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6', web.namespace)).toBe('1\n')
    expect(machine.sh(`cat /proc/sys/net/ipv6/conf/${daemon.instance.bridge}/disable_ipv6`)).toBe('1\n')
  })
})

describe('the machine', () => {
  test('does not become a router between its other links', () => {
    const there = machine.start(['unshare', '-n', 'sleep', '100'])
    Bun.sleepSync(50)
    machine.sh(
      `ip link add side type veth peer name eth0 netns ${there.pid}; ip addr add 203.0.113.1/24 dev side; ip link set side up`,
    )
    const side = `/proc/${there.pid}/ns/net`
    machine.sh(
      'ip addr add 203.0.113.2/24 dev eth0; ip link set eth0 up; ip link set lo up; ip route add default via 203.0.113.1',
      side,
    )
    expect(machine.sh('cat /proc/sys/net/ipv4/ip_forward')).toBe('1\n')
    expect(() => machine.sh('busybox ping -c1 -W1 203.0.113.2', machine.outside)).toThrow()
    expect(machine.ask(`${HOST}:8080`, side)).toBe('web')
  })
})
