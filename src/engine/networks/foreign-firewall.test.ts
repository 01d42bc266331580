import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { eventually, TestMachine } from './testing/test-machine.ts'

setDefaultTimeout(30_000)
let machine: TestMachine
beforeEach(() => {
  machine = new TestMachine()
})
afterEach(async () => {
  await machine[Symbol.asyncDispose]()
})

/** One container with a published port, one other machine to answer it, and whether both ways are open. */
async function twoWays(daemon: ReturnType<TestMachine['daemon']>) {
  const web = await daemon.run({ portBindings: { '80/tcp': [{ HostPort: '8080' }] } })
  await machine.serve('in', 80, web.namespace)
  await machine.serve('out', 85, machine.outside)
  return () => [
    machine.ask('198.51.100.1:8080', machine.outside, 1),
    machine.ask('198.51.100.2:85', web.namespace, 1),
    machine.askInVain(`${web.address}:80`, machine.outside),
  ]
}
const OPEN = ['in', 'out', '']

describe('a firewall of others that drops what is forwarded', () => {
  test('with a native table is told to accept, and only as long as we are there', async () => {
    machine.sh(`nft -f - <<X
table inet filter {
  chain forward { type filter hook forward priority 0; policy drop; tcp dport 1 accept; }
}
X`)
    const daemon = machine.daemon()
    await daemon.start()
    const ways = await twoWays(daemon)
    expect(ways()).toEqual(OPEN)
    expect(machine.sh('nft list chain inet filter forward')).toContain(
      `comment "${daemon.instance.table} container traffic"`,
    )
    await daemon[Symbol.asyncDispose]()
    expect(machine.sh('nft list chain inet filter forward')).not.toContain('berth')
    expect(machine.sh('nft list chain inet filter forward')).toContain('tcp dport 1 accept')
  })

  test('as Docker and ufw have it: by its policy, or by a last rule; Docker’s own place for rules is used', async () => {
    machine.sh('iptables-nft -P FORWARD DROP; iptables-nft -N DOCKER-USER; iptables-nft -A FORWARD -j DOCKER-USER')
    const daemon = machine.daemon()
    await daemon.start()
    const ways = await twoWays(daemon)
    expect(ways()).toEqual(OPEN)
    expect(machine.sh('iptables-nft -S DOCKER-USER')).toContain(`-i ${daemon.instance.bridge}`)
    await daemon[Symbol.asyncDispose]()
    expect(machine.sh('iptables-nft -S')).not.toContain('berth')
    expect(machine.sh('iptables-nft -S FORWARD')).toContain('-P FORWARD DROP')
  })

  test('with the old tables too, where their program is there', async () => {
    if (!existsSync('/usr/sbin/iptables-legacy')) return
    machine.sh('iptables-legacy -P FORWARD DROP')
    const daemon = machine.daemon()
    await daemon.start()
    const ways = await twoWays(daemon)
    expect(ways()).toEqual(OPEN)
    await daemon[Symbol.asyncDispose]()
    expect(machine.sh('iptables-legacy -S FORWARD')).toBe('-P FORWARD DROP\n')
  })

  test('that appears while we run is lived with too', async () => {
    const daemon = machine.daemon()
    await daemon.start()
    const ways = await twoWays(daemon)
    machine.sh('nft add table ip late; nft "add chain ip late f { type filter hook forward priority 0; policy drop; }"')
    await eventually(() => ways().every((answer, index) => answer === OPEN[index]))
    await daemon[Symbol.asyncDispose]()
    expect(machine.sh('nft list table ip late')).not.toContain('berth')
  })

  test('and that flushes everything loses us for two seconds at most, with nothing open afterwards that was not before', async () => {
    const daemon = machine.daemon()
    await daemon.start()
    const ways = await twoWays(daemon)
    machine.sh('nft flush ruleset')
    await eventually(() => machine.sh('nft list tables').includes(daemon.instance.table))
    expect(ways()).toEqual(OPEN)
    await eventually(() => machine.sh('nft list tables').includes('berth_forwarding'))
    expect(machine.sh('nft list table inet berth_forwarding')).toContain('drop')
    const late = await daemon.run({ portBindings: { '80/tcp': [{ HostPort: '8085' }] } })
    await machine.serve('late', 80, late.namespace)
    expect(machine.ask('198.51.100.1:8085', machine.outside)).toBe('late')
    await daemon[Symbol.asyncDispose]()
  })

  test('with names that are no plain words is left alone: nothing of it becomes a command', async () => {
    machine.sh(`nft 'add table inet "a b"' 2>/dev/null || nft 'add table inet odd-name.x'`)
    machine.sh(
      `nft 'add chain inet odd-name.x f { type filter hook forward priority 0; policy drop; }' 2>/dev/null || true`,
    )
    const daemon = machine.daemon()
    await daemon.start()
    await daemon.stop()
    expect(machine.sh('nft list tables')).not.toContain('berth')
  })
})

describe('forwarding that was off', () => {
  test('serves containers only, and the guard goes with the last bridge', async () => {
    const daemon = machine.daemon()
    await daemon.start()
    const chain = machine.sh('nft list table inet berth_forwarding')
    expect(chain).toContain('drop')
    expect(chain).toContain('"docker0" accept')
    await daemon.stop()
    expect(machine.sh('nft list tables')).toBe('')
  })
})
