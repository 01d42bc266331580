import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, TestMachine } from './testing/test-machine.ts'

setDefaultTimeout(30_000)
let machine: TestMachine
beforeEach(() => {
  machine = new TestMachine()
})
afterEach(async () => {
  await machine[Symbol.asyncDispose]()
})

type Daemon = ReturnType<TestMachine['daemon']>

/** What of an instance is on the machine. */
function remains({ instance }: Daemon): string[] {
  const links = [...machine.sh('ip -o link').matchAll(/^\d+: ([^:@]+)/gm)].map(([, name = '']) => name)
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return [
    ...links.filter(name => name === instance.bridge || name.startsWith(instance.linkPrefix)),
    ...machine
      .sh('nft list tables')
      .split('\n')
      .filter(line => line.includes('berth')),
    ...mounts.filter(line => line.includes(instance.execRoot)),
    ...(existsSync(join(instance.execRoot, 'proxies')) ? readdirSync(join(instance.execRoot, 'proxies')) : []),
  ]
}
const forwarding = () => machine.sh('cat /proc/sys/net/ipv4/ip_forward').trim()

describe('stop', () => {
  test('leaves nothing when no container runs: no link, rule, mount, process, and no forwarding that was not there', async () => {
    const daemon = machine.daemon()
    await daemon.start()
    expect(forwarding()).toBe('1')
    const { id } = await daemon.run({ portBindings: { '80/tcp': [{}] } })
    await daemon.end(id)
    await daemon.stop()
    expect(remains(daemon)).toEqual([])
    expect(forwarding()).toBe('0')
  })

  test('leaves forwarding on where it was on before', async () => {
    machine.sh('echo 1 > /proc/sys/net/ipv4/ip_forward')
    const daemon = machine.daemon()
    await daemon.start()
    expect(machine.sh('nft list tables')).not.toContain('berth_forwarding')
    await daemon.stop()
    expect(forwarding()).toBe('1')
  })

  test('keeps running containers on the air, and the next start takes them over', async () => {
    const daemon = machine.daemon()
    await daemon.start()
    const web = await daemon.run({ portBindings: { '80/tcp': [{ HostPort: '8080' }] } })
    await machine.serve('still here', 80, web.namespace)
    await daemon.stop()
    expect(machine.ask('127.0.0.1:8080')).toBe('still here')
    expect(machine.ask('[::1]:8080')).toBe('still here')
    await daemon.start()
    expect(machine.ask('198.51.100.1:8080', machine.outside)).toBe('still here')
    expect(machine.ask('[::1]:8080')).toBe('still here')
    await expect(daemon.run({ portBindings: { '80/tcp': [{ HostPort: '8080' }] } })).rejects.toThrow(
      'Bind for 0.0.0.0:8080 failed: port is already allocated',
    )
    const next = await daemon.run()
    expect(next.address).not.toBe(web.address)
    expect(Object.keys(daemon.networks().inspect('bridge').Containers).sort()).toEqual([web.id, next.id].sort())
    await daemon.end(web.id)
    expect(machine.askInVain('127.0.0.1:8080')).toBe('')
    await daemon[Symbol.asyncDispose]()
    expect(remains(daemon)).toEqual([])
  })
})

describe('recover', () => {
  /** As a killed daemon leaves it: nothing is told to anybody. */
  const abandon = async (daemon: Daemon): Promise<void> => {
    const code = `
      import { testNetworks } from ${JSON.stringify(join(import.meta.dir, 'testing/test-machine.ts'))}
      const daemon = testNetworks(${JSON.stringify(join(machine.directory, 'one'))}, {})
      await daemon.start()
      for (const port of ['8080', '8081']) await daemon.run({ portBindings: { '80/tcp': [{ HostPort: port }] } })
      console.log(JSON.stringify([...daemon.running]))
      process.kill(process.pid, 'SIGKILL')`
    const { stdout } = Bun.spawnSync([process.execPath, '-e', code], { stderr: 'inherit' })
    for (const [containerId, each] of JSON.parse(stdout.toString())) daemon.running.set(containerId, each)
  }

  test('takes down all that a killed daemon left and no container needs', async () => {
    const daemon = machine.daemon()
    await abandon(daemon)
    expect(remains(daemon).length).toBeGreaterThan(10)
    await daemon.start(() => false)
    await eventually(() => remains(daemon).filter(name => name.startsWith(daemon.instance.linkPrefix)).length === 8)
    expect(readdirSync(join(daemon.instance.execRoot, 'proxies'))).toEqual([])
    expect(machine.sh(`nft list table inet ${daemon.instance.table}`)).not.toContain('8080')
    daemon.running.clear()
    await daemon.stop()
    expect(remains(daemon)).toEqual([])
  })

  test('keeps those that live, with their ports, and no others', async () => {
    const daemon = machine.daemon()
    await abandon(daemon)
    const [kept = '', lost = ''] = [...daemon.running.keys()]
    await daemon.start(containerId => containerId === kept)
    daemon.running.delete(lost)
    await machine.serve('kept', 80, daemon.running.get(kept)?.attachment.namespacePath)
    expect(machine.ask('127.0.0.1:8080')).toBe('kept')
    expect(machine.ask('[::1]:8080')).toBe('kept')
    const { id } = await daemon.run({ portBindings: { '80/tcp': [{ HostPort: '8081' }] } })
    expect(id).not.toBe('')
    await daemon[Symbol.asyncDispose]()
    expect(remains(daemon)).toEqual([])
  })

  test('starts the proxy of a living container again that was killed meanwhile', async () => {
    const daemon = machine.daemon()
    await abandon(daemon)
    const [containerId = ''] = daemon.running.keys()
    const file = join(daemon.instance.execRoot, 'proxies', containerId)
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL')
    await eventually(() => machine.askInVain('[::1]:8080') === '')
    await daemon.start()
    await machine.serve('again', 80, daemon.running.get(containerId)?.attachment.namespacePath)
    expect(machine.ask('[::1]:8080')).toBe('again')
    await daemon[Symbol.asyncDispose]()
  })

  test('never ends a stranger whose pid stands in a file that nobody holds', async () => {
    const daemon = machine.daemon()
    await abandon(daemon)
    const [containerId = ''] = daemon.running.keys()
    const file = join(daemon.instance.execRoot, 'proxies', containerId)
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL')
    const stranger = machine.start(['sleep', '100'])
    await Bun.write(file, `${stranger.pid}\n`)
    await daemon.start(() => false)
    expect(stranger.exitCode).toBeNull()
    daemon.running.clear()
    await daemon.stop()
  })
})

describe('two daemons on one machine', () => {
  test('have networks that do not meet, and each can go without the other', async () => {
    const one = machine.daemon('one')
    const two = machine.daemon('two')
    await Promise.all([one.start(), two.start()])
    const [first, second] = [await one.run(), await two.run({ portBindings: { '80/tcp': [{ HostPort: '8080' }] } })]
    expect(first.address.split('.').slice(0, 2)).not.toEqual(second.address.split('.').slice(0, 2))
    await machine.serve('second', 80, second.namespace)
    expect(machine.askInVain(`${second.address}:80`, first.namespace)).toBe('')
    expect(machine.ask('198.51.100.1:8080', first.namespace)).toBe('second')
    await expect(one.run({ portBindings: { '80/tcp': [{ HostPort: '8080' }] } })).rejects.toThrow(
      'Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use',
    )
    await one[Symbol.asyncDispose]()
    expect(
      remains(one).filter(name => name !== 'table inet berth_forwarding' && !name.includes(two.instance.table)),
    ).toEqual([])
    expect(machine.ask('198.51.100.1:8080', machine.outside)).toBe('second')
    await two[Symbol.asyncDispose]()
    expect(remains(two)).toEqual([])
    expect(forwarding()).toBe('0')
  })

  test('a daemon keeps the network it had, unless somebody else has it by then', async () => {
    const daemon = machine.daemon()
    machine.sh('ip link add other type bridge; ip addr add 172.17.5.1/24 dev other; ip link set other up')
    await daemon.start()
    expect(daemon.networks().inspect('bridge').IPAM.Config?.[0]?.Subnet).toBe('172.18.0.0/16')
    await daemon.stop()
    machine.sh('ip link del other')
    await daemon.start()
    expect(daemon.networks().inspect('bridge').IPAM.Config?.[0]?.Subnet).toBe('172.18.0.0/16')
    await daemon.stop()
    machine.sh('ip route add 172.18.7.0/24 dev eth0')
    await daemon.start()
    expect(daemon.networks().inspect('bridge').IPAM.Config?.[0]?.Subnet).toBe('172.17.0.0/16')
    await daemon.stop()
  })
})
