import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseResolvConf, resolvConfText } from './names/resolv-conf.ts'
import type { NetworkRequest } from './networks.ts'
import { eventually, requestFor, TestMachine } from './testing/test-machine.ts'

setDefaultTimeout(30_000)
let machine: TestMachine
let daemon: ReturnType<TestMachine['daemon']>
beforeAll(async () => {
  machine = new TestMachine()
  daemon = machine.daemon()
  await daemon.start()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await machine[Symbol.asyncDispose]()
})

const refused = (request: Partial<NetworkRequest>) => {
  try {
    daemon.networks().validate(requestFor(machine.directory, request))
    return 'accepted'
  } catch (failure) {
    return failure instanceof Error && 'kind' in failure ? `${failure.kind}: ${failure.message}` : String(failure)
  }
}
const file = (request: NetworkRequest, name: string) => readFileSync(join(request.directory, name), 'utf8')

describe('a request is refused with a message that names the thing', () => {
  const cases: [Partial<NetworkRequest>, string][] = [
    [{ portBindings: { '99999/tcp': [{}] } }, 'invalid: invalid port specification: "99999/tcp"'],
    [{ portBindings: { '80/tcp': [{ HostPort: 'abc' }] } }, 'invalid: invalid port specification: "abc"'],
    [{ portBindings: { '80/tcp': [{ HostPort: '70000' }] } }, 'invalid: invalid port specification: "70000"'],
    [{ portBindings: { '80/tcp': [{ HostPort: '9-8' }] } }, 'invalid: invalid port specification: "9-8"'],
    [
      { portBindings: { '80/tcp': [{ HostPort: '80 }\nflush ruleset' }] } },
      'invalid: invalid port specification: "80 }\\nflush ruleset"',
    ],
    [
      { portBindings: { '80/tcp': [{ HostIp: '1.2.3.4 }; flush' }] } },
      'invalid: invalid IP address in port binding: "1.2.3.4 }; flush"',
    ],
    [
      { portBindings: { '80/sctp': [{ HostPort: '80' }] } },
      'not-implemented: publishing 80/sctp: protocol not supported',
    ],
    [{ exposed: ['x'] }, 'invalid: invalid port specification: "x"'],
    [{ mode: 'container:' }, 'invalid: Invalid network mode: invalid container format container:<name|id>'],
    [{ mode: 'container:x', dns: ['1.1.1.1'] }, 'invalid: conflicting options: dns and the network mode'],
    [{ mode: 'container:x', extraHosts: ['a:1.1.1.1'] }, 'invalid: conflicting options: custom host-to-IP mapping'],
    [{ mode: 'container:x', portBindings: { '80/tcp': [{}] } }, 'invalid: conflicting options: port publishing'],
    [{ dns: ['1.2.3'] }, 'invalid: invalid IP address in dns: "1.2.3"'],
    [{ dns: ['1.2.3.4\nnameserver 6.6.6.6'] }, 'invalid: invalid IP address in dns'],
    [{ dnsSearch: ['a\nnameserver 6.6.6.6'] }, 'invalid: invalid dns-search'],
    [{ dnsOptions: ['a b'] }, 'invalid: invalid dns-option: "a b"'],
    [{ hostname: 'a\n1.2.3.4 bank.example' }, 'invalid: invalid hostname'],
    [{ extraHosts: ['nocolon'] }, 'invalid: bad format for add-host: "nocolon"'],
    [{ extraHosts: ['a b:1.2.3.4'] }, 'invalid: bad format for add-host: "a b:1.2.3.4"'],
    [{ extraHosts: ['a:1.2.3'] }, 'invalid: invalid IP address in add-host: "1.2.3"'],
    [
      { macAddress: 'zz' },
      'invalid: invalid config for network bridge: invalid endpoint settings:\ninvalid MAC address zz',
    ],
    [
      { endpoints: { bridge: { IPAMConfig: { IPv4Address: '172.17.0.9' } } } },
      'invalid: invalid config for network bridge: invalid endpoint settings:\nuser specified IP address',
    ],
    [
      { endpoints: { bridge: { Aliases: ['x'] } } },
      'invalid: invalid config for network bridge: invalid endpoint settings:\nnetwork-scoped alias',
    ],
  ]
  test.each(cases)('%j', (request, message) => {
    expect(refused(request)).toStartWith(message)
  })

  test('a network that is not there is only missed at the start, as with Docker', async () => {
    expect(refused({ mode: 'nope' })).toBe('accepted')
    await expect(daemon.run({ mode: 'nope' })).rejects.toThrow('network nope not found')
    await expect(daemon.run({ endpoints: { nope: {} } })).rejects.toThrow('network nope not found')
  })
})

describe('an attachment', () => {
  test('that fails leaves nothing: no port, no rule, no process, and its address goes to the next', async () => {
    machine.start(['busybox', 'nc', '-l', '-p', '8090'])
    await eventually(() => machine.sh('cat /proc/net/tcp*').includes(':1F9A 0'))
    const bindings = { '80/tcp': [{ HostPort: '8089' }], '81/tcp': [{ HostPort: '8090' }] }
    const failing = daemon.run({ portBindings: bindings })
    await expect(failing).rejects.toThrow(
      'Error starting userland proxy: listen tcp4 0.0.0.0:8090: bind: address already in use',
    )
    expect(machine.sh(`nft list table inet ${daemon.instance.table}`)).not.toContain('8089')
    const { id } = await daemon.run({ portBindings: { '80/tcp': [{ HostPort: '8089' }] } })
    await daemon.end(id)
  })

  test('has the ports of a range that are free, others at random, and shows what is only exposed', async () => {
    const range = { portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '9000-9001' }] }, exposed: ['90/tcp'] }
    const [one, two] = [await daemon.run(range), await daemon.run(range)]
    expect(one.attachment.ports).toEqual({ '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '9000' }], '90/tcp': null })
    expect(two.attachment.ports['80/tcp']).toEqual([{ HostIp: '127.0.0.1', HostPort: '9001' }])
    await expect(daemon.run(range)).rejects.toThrow('all ports of 9000-9001 are allocated')
    const random = await daemon.run({ exposed: ['90/tcp', '91/udp'], publishAll: true })
    const [v4, v6] = random.attachment.ports['90/tcp'] ?? []
    expect([v4?.HostIp, v6?.HostIp, v4?.HostPort]).toEqual(['0.0.0.0', '::', v6?.HostPort])
    for (const { id } of [one, two, random]) await daemon.end(id)
  })

  test('has five hundred ports if so many are wanted', async () => {
    const bindings = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`${i + 1}/tcp`, [{ HostPort: String(20_000 + i) }]]),
    )
    const many = await daemon.run({ portBindings: bindings })
    await machine.serve('last', 500, many.namespace)
    expect([machine.ask('127.0.0.1:20499'), machine.ask('[::1]:20499')]).toEqual(['last', 'last'])
    await daemon.end(many.id)
  })

  test('has the MAC that was asked for, else the one of its address', async () => {
    const own = await daemon.run({ macAddress: '02:42:AC:00:00:99' })
    expect(machine.sh('cat /sys/class/net/eth0/address 2>/dev/null; ip link show eth0', own.namespace)).toContain(
      '02:42:ac:00:00:99',
    )
    const usual = await daemon.run()
    const last = usual.address
      .split('.')
      .map(part => Number(part).toString(16).padStart(2, '0'))
      .join(':')
    expect(usual.attachment.endpoints['bridge']?.MacAddress).toBe(`02:42:${last}`)
    for (const { id } of [own, usual]) await daemon.end(id)
  })

  test('in no network has a loopback and nothing else; in the host’s, nothing of its own; in another’s, that', async () => {
    const none = await daemon.run({ mode: 'none' })
    expect(machine.sh('ip -o link | wc -l; busybox ping -c1 127.0.0.1 >/dev/null && echo up', none.namespace)).toBe(
      '1\nup\n',
    )
    const host = await daemon.run({ mode: 'host', portBindings: { '80/tcp': [{ HostPort: '80' }] } })
    expect([host.namespace, host.attachment.ports]).toEqual([undefined, {}])
    const joined = { namespacePath: none.namespace ?? '', directory: none.request.directory }
    const guest = await daemon.run({ mode: `container:${none.id}`, joined })
    expect([guest.namespace, guest.attachment.sandboxId]).toEqual([none.namespace, ''])
    await daemon.end(guest.id)
    expect(machine.sh('ip -o link | wc -l', none.namespace)).toBe('1\n')
    for (const { id } of [none, host]) await daemon.end(id)
  })
})

describe('the files of names', () => {
  test('are as Docker writes them', async () => {
    const { address, request, id } = await daemon.run({
      hostname: 'ship',
      domainname: 'example.org',
      extraHosts: ['db:10.0.0.5', 'gate:host-gateway', 'six:[2001:db8::1]'],
      dns: ['9.9.9.9'],
      dnsSearch: ['example.org'],
      dnsOptions: ['ndots:2'],
    })
    expect(file(request, 'hosts')).toBe(
      `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n10.0.0.5\tdb\n172.17.0.1\tgate\n2001:db8::1\tsix\n${address}\tship.example.org ship\n`,
    )
    expect(file(request, 'hostname')).toBe('ship\n')
    expect(file(request, 'resolv.conf')).toEndWith('\nnameserver 9.9.9.9\nsearch example.org\noptions ndots:2\n')
    await daemon.end(id)
  })

  test('never lead elsewhere by a link', async () => {
    const secret = join(machine.directory, 'secret')
    writeFileSync(secret, 'untouched')
    const { id, request } = await daemon.run()
    await daemon.end(id)
    unlinkSync(join(request.directory, 'hosts'))
    symlinkSync(secret, join(request.directory, 'hosts'))
    await expect(daemon.run({ ...request })).rejects.toThrow()
    expect(readFileSync(secret, 'utf8')).toBe('untouched')
  })

  test('name resolvers that a container can reach', () => {
    const none = { dns: [], dnsSearch: [], dnsOptions: [] }
    const host = parseResolvConf(
      '# x\nnameserver 127.0.0.53\nnameserver ::1\nnameserver 2001:db8::1\nnameserver 10.0.0.1 # y\nsearch a b\noptions edns0\n',
    )
    expect(resolvConfText(host, none, 'bridge')).toEndWith('\nnameserver 10.0.0.1\nsearch a b\noptions edns0\n')
    expect(resolvConfText(parseResolvConf('nameserver 127.0.0.1'), none, 'bridge')).toContain('nameserver 8.8.8.8\n')
    expect(resolvConfText(host, none, 'host')).toContain('nameserver 127.0.0.53\n')
    expect(resolvConfText(host, { ...none, dns: ['127.0.0.1'], dnsSearch: ['.'] }, 'bridge')).toEndWith(
      '\nnameserver 127.0.0.1\noptions edns0\n',
    )
  })
})

describe('settings', () => {
  test('icc off: neighbours do not reach each other, by bridge or by router; published ports and the world they do', async () => {
    await using other = machine.daemon('apart', { icc: false })
    await other.start()
    const [one, two] = [await other.run({ portBindings: { '80/tcp': [{ HostPort: '8100' }] } }), await other.run()]
    await machine.serve('one', 80, one.namespace)
    await machine.serve('world', 84, machine.outside)
    expect(machine.askInVain(`${one.address}:80`, two.namespace)).toBe('')
    const gateway = two.attachment.endpoints['bridge']?.Gateway
    machine.sh(`ip route add ${one.address}/32 via ${gateway}`, two.namespace)
    expect(machine.askInVain(`${one.address}:80`, two.namespace)).toBe('')
    expect(machine.ask('198.51.100.1:8100', two.namespace)).toBe('one')
    expect(machine.ask('198.51.100.2:84', two.namespace)).toBe('world')
  })

  test('userland-proxy off: ports are kept and reached all the same, by IPv4', async () => {
    await using other = machine.daemon('bare', { userlandProxy: false })
    await other.start()
    const web = await other.run({ portBindings: { '80/tcp': [{ HostPort: '8101' }] } })
    await machine.serve('bare', 80, web.namespace)
    for (const from of [undefined, machine.outside, web.namespace])
      expect(machine.ask('198.51.100.1:8101', from)).toBe('bare')
    expect(machine.ask('127.0.0.1:8101')).toBe('bare')
    expect(web.attachment.ports['80/tcp']).toEqual([{ HostIp: '0.0.0.0', HostPort: '8101' }])
  })

  test('bip and fixed-cidr: a network of few addresses serves again and again, and says when it is full', async () => {
    await using other = machine.daemon('small', { bip: '10.99.0.1/24', fixedCidr: '10.99.0.8/30' })
    await other.start()
    for (let round = 0; round < 6; round++) {
      const { id, address } = await other.run()
      expect(address).toMatch(/^10\.99\.0\.(8|9|10|11)$/)
      await other.end(id)
    }
    for (let count = 0; count < 4; count++) await other.run()
    await expect(other.run()).rejects.toThrow("no available IPv4 addresses on this network's address pools: bridge")
  })

  test.each([
    [{ bip: '10.99.0.0/24' }, 'bip'],
    [{ bip: 'x' }, 'bip'],
    [{ fixedCidr: '10.0.0.0/8' }, 'fixed-cidr'],
    [{ pools: [{ base: '10.0.0.0/16', size: 8 }] }, 'default-address-pools'],
    [{ pools: [{ base: 'fd00::/48', size: 32 }] }, 'default-address-pools'],
  ])('%j is refused by name', async (settings, key) => {
    const other = machine.daemon(`wrong-${key}`, settings)
    await expect(other.start()).rejects.toThrow(key)
    await other.stop()
    expect(machine.sh('ip link; cat /proc/self/mountinfo')).not.toMatch(
      new RegExp(`${other.instance.bridge}|${other.instance.execRoot}`),
    )
  })
})
