import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { freePort } from '../kit/registry.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Other daemons on this machine, of other tests, are asked to leave these networks alone by nobody. */
const TEN = `10.${60 + Math.floor(Math.random() * 140)}`
const V6 = Math.floor(Math.random() * 0xffff).toString(16)

const berth = (...args: string[]) => clientOf(daemon, 'berth').out(...args)
const WEB = 'mkdir /w; echo hello > /w/index.html; exec httpd -f -h /w'
const web = (name: string, ...flags: string[]) =>
  berth('run', '-d', '--name', name, ...flags, 'busybox', 'sh', '-c', WEB)

/** What a container of the network gets from the address; '' for nothing. */
async function fetched(network: string, address: string): Promise<string> {
  // timeout and wget must not be the first process: that one is not ended by a signal
  const script = `timeout 1 wget -qO- 'http://${address}/'; true`
  const argv = ['run', '--rm', '--network', network, 'busybox', 'sh', '-c', script]
  return (await clientOf(daemon, 'berth').cli(argv)).stdout.trim()
}
const answers = (network: string, address: string) =>
  until(`${address} answers in ${network}`, async () => (await fetched(network, address)) === 'hello')

const gatewayOf = (network: string) =>
  berth('network', 'inspect', network, '--format', '{{(index .IPAM.Config 0).Gateway}}')
const settings = async (container: string, network: string): Promise<Record<string, unknown>> =>
  JSON.parse(await berth('inspect', container, '--format', `{{json (index .NetworkSettings.Networks "${network}")}}`))
const complaint = async (...argv: string[]): Promise<string> => {
  const { stderr, code } = await clientOf(daemon, 'docker').cli(argv)
  expect([argv, code === 0]).toEqual([argv, false])
  return stderr.trim()
}

describe.each(CLIENTS)('by %s', client => {
  const out = (...args: string[]) => clientOf(daemon, client).out(...args)

  test('a network is made with its addresses, used, shown, and removed', async () => {
    const id = await out(
      'network',
      'create',
      '--subnet',
      `${TEN}.31.0/24`,
      '--gateway',
      `${TEN}.31.254`,
      '--label',
      'a=b',
      'made',
    )
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(await out('network', 'ls', '--filter', 'label=a=b', '--format', '{{.Name}} {{.Driver}} {{.Scope}}')).toBe(
      'made bridge local',
    )
    expect(await out('network', 'inspect', 'made', '--format', '{{json .IPAM.Config}}')).toBe(
      `[{"Subnet":"${TEN}.31.0/24","Gateway":"${TEN}.31.254"}]`,
    )
    await out(
      'run',
      '-d',
      '--name',
      'in',
      '--network',
      'made',
      '--ip',
      `${TEN}.31.9`,
      '--mac-address',
      '02:11:22:33:44:55',
      'busybox',
      'sleep',
      '1000',
    )
    expect(await settings('in', 'made')).toMatchObject({
      IPAddress: `${TEN}.31.9`,
      Gateway: `${TEN}.31.254`,
      MacAddress: '02:11:22:33:44:55',
      NetworkID: id,
    })
    expect(await out('exec', 'in', 'cat', '/sys/class/net/eth0/address')).toBe('02:11:22:33:44:55')
    expect(await complaint('network', 'rm', 'made')).toContain(`network made id ${id} has active endpoints`)
    await out('rm', '-f', 'in')
    expect(await out('network', 'rm', 'made')).toBe('made')
    expect(await out('network', 'ls', '-q', '--filter', 'name=made')).toBe('')
  })

  test('a running container is connected, reached, and disconnected', async () => {
    await out('network', 'create', '--subnet', `${TEN}.32.0/24`, 'further')
    await web('joiner')
    await out('network', 'connect', '--ip', `${TEN}.32.7`, '--alias', 'other', 'further', 'joiner')
    await answers('further', `${TEN}.32.7`)
    expect(await settings('joiner', 'further')).toMatchObject({ IPAddress: `${TEN}.32.7`, Aliases: ['other'] })
    expect(await out('exec', 'joiner', 'cat', '/etc/hosts')).toContain(`${TEN}.32.7\t`)
    expect(
      await out('network', 'inspect', 'further', '--format', '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}'),
    ).toBe(`joiner ${TEN}.32.7/24`)
    await out('network', 'disconnect', 'further', 'joiner')
    expect(await out('exec', 'joiner', 'ip', '-o', 'link')).not.toContain('eth1')
    expect(await out('exec', 'joiner', 'cat', '/etc/hosts')).not.toContain(`${TEN}.32.7`)
    expect(await out('exec', 'joiner', 'ip', 'route')).toContain(`default via ${await gatewayOf('bridge')} dev eth0`)
    await out('rm', '-f', 'joiner')
    await out('network', 'rm', 'further')
  })

  test('prune removes what no container is in, and tells its names', async () => {
    await out('network', 'create', 'unused')
    await out('network', 'create', 'used')
    await out('run', '-d', '--name', 'holder', '--network', 'used', 'busybox', 'sleep', '1000')
    expect(await out('network', 'prune', '-f')).toBe('Deleted Networks:\nunused')
    await out('rm', '-f', 'holder')
    expect(await out('network', 'prune', '-f')).toBe('Deleted Networks:\nused')
  })
})

test('a container starts in several networks at once, each with what it asks there', async () => {
  await berth('network', 'create', '--subnet', `${TEN}.33.0/24`, 'one')
  await berth('network', 'create', '--subnet', `${TEN}.43.0/24`, 'two')
  const flags = ['--network', `name=one,ip=${TEN}.33.5`, '--network', `name=two,ip=${TEN}.43.5,gw-priority=1`]
  await web('both', ...flags)
  await Promise.all([answers('one', `${TEN}.33.5`), answers('two', `${TEN}.43.5`)])
  expect(await berth('exec', 'both', 'ip', 'route')).toContain(`default via ${TEN}.43.1 dev eth1`)
  await berth('restart', '-t', '0', 'both')
  await Promise.all([answers('one', `${TEN}.33.5`), answers('two', `${TEN}.43.5`)])
  await berth('rm', '-f', 'both')
  await berth('network', 'rm', 'one', 'two')
})

test('IPv6 beside IPv4, and alone', async () => {
  await berth('network', 'create', '--ipv6', '--subnet', `fd00:${V6}::/64`, 'dual')
  await berth('network', 'create', '--ipv6', '--ipv4=false', 'six')
  await web('pair', '--network', 'dual', '--ip6', `fd00:${V6}::9`)
  await answers('dual', `[fd00:${V6}::9]`)
  await answers('dual', String((await settings('pair', 'dual'))['IPAddress']))
  await web('lone', '--network', 'six')
  const { GlobalIPv6Address, IPAddress } = await settings('lone', 'six')
  expect(IPAddress).toBe('')
  await answers('six', `[${GlobalIPv6Address}]`)
  await berth('rm', '-f', 'pair', 'lone')
  await berth('network', 'rm', 'dual', 'six')
})

test('networks are apart: no container is reached from another one, nor by the name of its bridge', async () => {
  await berth('network', 'create', '--subnet', `${TEN}.34.0/24`, 'here')
  await berth('network', 'create', '--subnet', `${TEN}.44.0/24`, 'there')
  await web('guarded', '--network', 'here', '--ip', `${TEN}.34.5`)
  await answers('here', `${TEN}.34.5`)
  expect(await Promise.all(['there', 'bridge'].map(network => fetched(network, `${TEN}.34.5`)))).toEqual(['', ''])
  await berth('rm', '-f', 'guarded')
  await berth('network', 'rm', 'here', 'there')
})

test('an internal network has no way out, one without icc none between neighbours', async () => {
  await berth('network', 'create', '--internal', '--subnet', `${TEN}.35.0/24`, 'inside')
  await web('insider', '--network', 'inside', '--ip', `${TEN}.35.5`, '-p', '80')
  await answers('inside', `${TEN}.35.5`)
  expect(await berth('exec', 'insider', 'ip', 'route')).not.toContain('default')
  expect(await berth('port', 'insider')).toBe('')
  const strangers = ['-o', 'com.docker.network.bridge.enable_icc=false']
  await berth('network', 'create', ...strangers, '--subnet', `${TEN}.45.0/24`, 'strangers')
  await web('stranger', '--network', 'strangers', '--ip', `${TEN}.45.5`)
  expect(await fetched('strangers', `${TEN}.45.5`)).toBe('')
  await berth('rm', '-f', 'insider', 'stranger')
  await berth('network', 'rm', 'inside', 'strangers')
})

test('a killed daemon finds its networks, and containers in them go on', async () => {
  const port = await freePort()
  await berth('network', 'create', '--subnet', `${TEN}.36.0/24`, 'kept')
  await web('lasting', '--network', 'kept', '--ip', `${TEN}.36.5`, '-p', `127.0.0.1:${port}:80`)
  await berth('network', 'connect', 'bridge', 'lasting')
  await daemon.kill()
  await daemon.start()
  await answers('kept', `${TEN}.36.5`)
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello\n')
  await berth('network', 'disconnect', 'kept', 'lasting')
  await until(
    'the port leads to the other network',
    async () =>
      (await fetch(`http://127.0.0.1:${port}/`)
        .then(answer => answer.text())
        .catch(() => '')) === 'hello\n',
  )
  await berth('rm', '-f', 'lasting')
  await berth('network', 'rm', 'kept')
})

test('a stopped container is connected for its next start, and a network that is gone is named then', async () => {
  await berth('network', 'create', '--subnet', `${TEN}.37.0/24`, 'later')
  await berth('create', '--name', 'waiting', 'busybox', 'sleep', '1000')
  await berth('network', 'connect', 'later', 'waiting')
  await berth('start', 'waiting')
  expect(await berth('exec', 'waiting', 'ip', '-o', 'link')).toContain('eth1')
  await berth('stop', '-t', '0', 'waiting')
  await berth('network', 'disconnect', 'bridge', 'waiting')
  await berth('network', 'rm', 'later')
  expect(await complaint('start', 'waiting')).toContain('network later not found')
  await berth('rm', 'waiting')
})

describe('what cannot be is refused by name', () => {
  beforeAll(() => berth('network', 'create', '--subnet', `${TEN}.99.0/24`, 'there-already'))
  afterAll(() => berth('network', 'rm', 'there-already'))

  test.each<[string, string[]]>([
    ['Pool overlaps with other one on this address space', ['--subnet', `${TEN}.99.0/25`]],
    ['plugin "weave" not found', ['-d', 'weave']],
    ['no matching subnet for gateway 10.9.9.1', ['--subnet', `${TEN}.38.0/24`, '--gateway', '10.9.9.1']],
    ['unknown option "com.docker.network.bridge.enable_ic"', ['-o', 'com.docker.network.bridge.enable_ic=false']],
    ['com.docker.network.bridge.enable_icc', ['-o', 'com.docker.network.bridge.enable_icc=maybe']],
    ['invalid subnet 10.0.0.0: invalid CIDR block notation', ['--subnet', '10.0.0.0']],
  ])('%s', async (text, flags) => {
    expect(await complaint('network', 'create', ...flags, 'wrong')).toContain(text)
    expect(await berth('network', 'ls', '-q', '--filter', 'name=wrong')).toBe('')
  })

  test('addresses that are taken or of no subnet, names that are there, networks that nobody removes', async () => {
    await berth('network', 'create', '--subnet', `${TEN}.39.0/24`, 'strict')
    await web('first', '--network', 'strict', '--ip', `${TEN}.39.5`)
    const run = ['run', '--rm', '--network', 'strict']
    expect(await complaint(...run, '--ip', `${TEN}.39.5`, 'busybox', 'true')).toContain('Address already in use')
    expect(await complaint(...run, '--ip', '10.1.1.1', 'busybox', 'true')).toContain(
      'no configured subnet or ip-range contain the IP address 10.1.1.1',
    )
    expect(await complaint('network', 'create', 'strict')).toContain('network with name strict already exists')
    expect(await complaint('network', 'rm', 'bridge')).toContain(
      'bridge is a pre-defined network and cannot be removed',
    )
    expect(await complaint('network', 'connect', 'host', 'first')).toContain('cannot be disconnected from host network')
    expect(await complaint('network', 'connect', 'nowhere', 'first')).toContain('network nowhere not found')
    expect(await complaint('network', 'disconnect', 'bridge', 'first')).toContain('is not connected to network bridge')
    await berth('rm', '-f', 'first')
    await berth('network', 'rm', 'strict')
  })
})

describe('links on the default bridge', () => {
  test('a container finds the one that it is linked to by its names and its variables, also after that has moved', async () => {
    await berth(
      'run',
      '-d',
      '--name',
      'db',
      '--hostname',
      'dbhost',
      '-e',
      'FOO=bar',
      '--expose',
      '90',
      'busybox',
      'sleep',
      '1000',
    )
    await berth('run', '-d', '--name', 'app', '--link', 'db:data', 'busybox', 'sleep', '1000')
    const address = String((await settings('db', 'bridge'))['IPAddress'])
    expect(await berth('exec', 'app', 'cat', '/etc/hosts')).toContain(`${address}\tdata dbhost db`)
    const variables = (await berth('exec', 'app', 'env')).split('\n')
    expect(variables).toEqual(
      expect.arrayContaining([
        `DATA_PORT=tcp://${address}:90`,
        `DATA_PORT_90_TCP_ADDR=${address}`,
        'DATA_PORT_90_TCP_PROTO=tcp',
        'DATA_NAME=/app/data',
        'DATA_ENV_FOO=bar',
      ]),
    )
    expect(await berth('inspect', 'app', '--format', '{{json .HostConfig.Links}}')).toBe('["/db:/app/data"]')
    await berth('stop', '-t', '0', 'db')
    await berth('run', '-d', '--name', 'squatter', 'busybox', 'sleep', '1000')
    await berth('start', 'db')
    const moved = String((await settings('db', 'bridge'))['IPAddress'])
    expect(await berth('exec', 'app', 'cat', '/etc/hosts')).toContain(`${moved}\tdata dbhost db`)
    await berth('stop', '-t', '0', 'db', 'app')
    expect(await complaint('start', 'app')).toContain('Cannot link to a non running container: /db AS /app/data')
    await berth('rm', '-f', 'app', 'db', 'squatter')
  })

  test('links to nothing, to the host’s network, and that are none, are refused', async () => {
    await berth('run', '-d', '--name', 'hosted', '--network', 'host', 'busybox', 'sleep', '1000')
    expect(await complaint('create', '--link', 'nope:db', 'busybox')).toContain(
      'could not get container for nope: No such container: nope',
    )
    expect(await complaint('create', '--link', 'hosted:db', 'busybox')).toContain("can't be used with links")
    expect(await complaint('create', '--link', 'hosted:a b', 'busybox')).toContain('bad format for links: hosted:a b')
    await berth('rm', '-f', 'hosted')
  })

  test('in a user-defined network a link is a name of the network', async () => {
    await berth('network', 'create', 'linking')
    await berth('run', '-d', '--name', 'named', '--network', 'linking', 'busybox', 'sleep', '1000')
    const argv = ['run', '--rm', '--network', 'linking', '--link', 'named:other', 'busybox', 'nslookup', 'other']
    expect((await clientOf(daemon, 'docker').cli(argv)).stdout).toContain(
      String((await settings('named', 'linking'))['IPAddress']),
    )
    await berth('rename', 'named', 'renamed')
    const asked = ['run', '--rm', '--network', 'linking', 'busybox', 'nslookup']
    expect((await clientOf(daemon, 'berth').cli([...asked, 'renamed'])).code).toBe(0)
    expect((await clientOf(daemon, 'berth').cli([...asked, 'named'])).code).not.toBe(0)
    expect((await settings('renamed', 'linking'))['DNSNames']).toContain('renamed')
    await berth('rm', '-f', 'renamed')
    await berth('network', 'rm', 'linking')
  })
})
