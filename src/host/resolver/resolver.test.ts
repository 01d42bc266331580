import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NetworkWorker } from '../network-worker/network-worker.ts'
import type { Resolver, ResolverSandbox } from './contract.ts'
import { openResolver } from './resolver.ts'
import { type Answer, answerTo, askedName, CODES, question, readAnswer, type Type } from './testing/dns-message.ts'

setDefaultTimeout(30_000)
const PROGRAM = join(import.meta.dir, '../../../dist/native/berth-resolver')
const ASK = join(import.meta.dir, 'testing/ask.ts')
/** Of the host: on its loopback. */
const [GOOD, FAILING, SILENT] = ['127.77.0.53', '127.77.0.54', '127.77.0.55']

const directory = mkdtempSync(join(tmpdir(), 'berth-resolver-'))
const namespaces = join(directory, 'netns')
const socket = join(directory, 'resolver.sock')
const worker = new NetworkWorker()
const ports = new Map<string, number>()
const asked: string[] = []
const servers: { close(): void }[] = []
let resolver: Resolver
/** Names of namespaces, which have to look so. */
const fileOf = (name: string): string => Buffer.from(name.padEnd(6, '-')).toString('hex')
const pathOf = (name: string): string => join(namespaces, fileOf(name))
const NAMES = ['a', 'b', 'inner', 'own']

const needs = {
  program: PROGRAM,
  socket,
  namespaces,
  redirect: async (path: string, port: number) => {
    ports.set(path, port)
    await worker.call('redirectNames', { path, port })
  },
}
const front = { id: 'n1', name: 'front' }
const back = { id: 'n2', name: 'back' }
const sandbox = (name: string, more: Partial<ResolverSandbox> = {}): ResolverSandbox => ({
  id: name,
  namespacePath: pathOf(name),
  networks: [{ id: 'n1' }],
  servers: [],
  isNdotsSet: false,
  isForwarding: true,
  hasIpv6: false,
  ...more,
})
const endpoint = (id: string, networkId: string, names: string[], ...addresses: string[]) => ({
  id,
  networkId,
  names,
  addresses,
})

/** A name server that knows every name but `slow.test`. */
async function nameServer(address: string, code: number): Promise<void> {
  const udp = createSocket('udp4')
  udp.on('message', (message, from) => {
    asked.push(`${address} ${askedName(message)}`)
    if (askedName(message) !== 'slow.test')
      udp.send(answerTo(message, code ? [] : ['192.0.2.1'], code), from.port, from.address)
  })
  await new Promise<void>(resolve => udp.bind(53, address, resolve))
  const tcp = createServer(client => {
    client.on('error', () => {})
    client.on('data', data => {
      const answer = answerTo((data as Buffer).subarray(2), ['192.0.2.2'])
      client.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]))
    })
  })
  await new Promise<void>(resolve => tcp.listen(53, address, resolve))
  servers.push(udp, tcp)
}

async function rawAsk(name: string, protocol: 'udp' | 'tcp', messages: Buffer[], port = '53'): Promise<string[]> {
  const hex = messages.map(message => message.toString('hex') || '-')
  const child = Bun.spawn(['nsenter', `--net=${pathOf(name)}`, process.execPath, ASK, port, protocol, ...hex])
  return (await new Response(child.stdout).text()).trim().split('\n')
}
async function ask(
  where: string,
  name: string,
  type: Type = 'A',
  protocol: 'udp' | 'tcp' = 'udp',
): Promise<Answer | undefined> {
  const [answer = '-'] = await rawAsk(where, protocol, [question(name, type)])
  return answer === '-' ? undefined : readAnswer(Buffer.from(answer, 'hex'))
}
const pids = (): number[] =>
  readdirSync('/proc')
    .filter(pid => {
      try {
        return (
          readlinkSync(`/proc/${pid}/exe`) === PROGRAM &&
          Bun.spawnSync(['cat', `/proc/${pid}/cmdline`]).stdout.includes(socket)
        )
      } catch {
        return false
      }
    })
    .map(Number)

beforeAll(async () => {
  await worker.call('openNamespaces', { directory: namespaces })
  for (const name of NAMES) await worker.call('buildLoopback', { directory: namespaces, name: fileOf(name) })
  await Promise.all([nameServer(GOOD, 0), nameServer(FAILING, CODES.failure)])
  const mute = createSocket('udp4')
  await new Promise<void>(resolve => mute.bind(53, SILENT, resolve))
  servers.push(mute)
  resolver = openResolver(needs)
  await resolver.recover({ names: [], sandboxes: [] })
  resolver.setHostServers([FAILING, GOOD])
  resolver.publish(front, endpoint('e1', 'n1', ['Web', 'www'], '10.0.0.2', 'fd00::2'))
  resolver.publish(front, endpoint('e2', 'n1', ['web2', 'www'], '10.0.0.3'))
  resolver.publish(back, endpoint('e3', 'n2', ['db'], '10.1.0.2'))
  await resolver.serve(sandbox('a', { networks: [{ id: 'n1', links: { site: 'web' } }] }))
  await resolver.serve(sandbox('b', { networks: [{ id: 'n2' }, { id: 'n1' }], isNdotsSet: true }))
  await resolver.serve(sandbox('inner', { isForwarding: false }))
})
afterAll(async () => {
  for (const name of NAMES) await resolver.end(name)
  await resolver.stop()
  expect(pids()).toEqual([])
  for (const server of servers) server.close()
  await worker.call('removeNamespaces', { directory: namespaces, names: NAMES.map(fileOf) })
  await worker.call('closeNamespaces', { directory: namespaces })
  worker[Symbol.dispose]()
  rmSync(directory, { recursive: true })
})

describe('names of containers', () => {
  test('are answered by UDP and TCP, whatever the case, also with the name of the network behind them', async () => {
    for (const name of ['web', 'WEB', 'web.front']) {
      for (const protocol of ['udp', 'tcp'] as const) {
        expect([name, await ask('a', name, 'A', protocol)]).toEqual([
          name,
          { id: 0x1234, code: 0, truncated: false, records: ['0a000002'] },
        ])
      }
    }
    expect((await ask('a', 'web', 'AAAA'))?.records).toEqual(['fd000000000000000000000000000002'])
  })

  test('have nothing of a kind that they do not have, and are not asked for elsewhere', async () => {
    asked.length = 0
    expect(await ask('a', 'web2', 'AAAA')).toMatchObject({ code: 0, records: [] })
    expect(await ask('a', 'web2', 'TXT')).toMatchObject({ code: 0, records: [] })
    expect(asked).toEqual([])
  })

  test('that several share come in turn', async () => {
    const firsts = []
    for (let i = 0; i < 4; i++) firsts.push((await ask('a', 'www'))?.records)
    expect(firsts.map(records => records?.toSorted())).toEqual(Array(4).fill(['0a000002', '0a000003']))
    expect(new Set(firsts.map(records => records?.[0])).size).toBe(2)
  })

  test('are known only in networks that both are in, and links only to whoever has them', async () => {
    expect((await ask('b', 'db'))?.records).toEqual(['0a010002'])
    expect((await ask('a', 'db'))?.records).toEqual(['c0000201'])
    expect((await ask('a', 'site'))?.records).toEqual(['0a000002'])
    expect((await ask('b', 'site'))?.code).toBe(CODES.noSuchName)
  })

  test('are found by their addresses', async () => {
    expect((await ask('a', '2.0.0.10.in-addr.arpa', 'PTR'))?.records).toEqual(['web.front'])
    const reverse = `2.${'0.'.repeat(29)}d.f.ip6.arpa`
    expect((await ask('a', reverse, 'PTR'))?.records).toEqual(['web.front'])
  })
})

describe('other names', () => {
  test('are asked of the host’s servers, the next one where one fails', async () => {
    asked.length = 0
    expect(await ask('a', 'example.test')).toMatchObject({ id: 0x1234, code: 0, records: ['c0000201'] })
    expect(asked).toEqual([`${FAILING} example.test`, `${GOOD} example.test`])
    expect((await ask('a', 'example.test', 'A', 'tcp'))?.records).toEqual(['c0000202'])
  })

  test('that are slow delay no other question', async () => {
    resolver.setHostServers([SILENT, GOOD])
    const slow = question('slow.test')
    const others = Array.from({ length: 20 }, () => question('web'))
    const answers = await rawAsk('a', 'udp', [slow, ...others])
    expect(answers.map(answer => answer === '-')).toEqual([true, ...Array(20).fill(false)])
    resolver.setHostServers([FAILING, GOOD])
  })

  test('CVE-2024-29018: are not asked for from an internal network, nor those of one label where ndots was set', async () => {
    asked.length = 0
    expect((await ask('inner', 'example.test'))?.code).toBe(CODES.failure)
    expect((await ask('b', 'unknown'))?.code).toBe(CODES.noSuchName)
    expect(asked).toEqual([])
    expect((await ask('inner', 'web'))?.records).toEqual(['0a000002'])
  })

  test('are asked of the container’s own servers from its own namespace: nobody is there', async () => {
    await resolver.serve(sandbox('own', { servers: [GOOD] }))
    expect((await ask('own', 'example.test'))?.code).toBe(CODES.failure)
    await resolver.end('own')
  })
})

test('GHSA-f7cq-5v43-8pwp, CVE-2026-46600: what no client would say ends nothing and changes nothing', async () => {
  const good = question('web', 'A', { edns: 4096 })
  const hostile = [
    Buffer.alloc(0),
    Buffer.alloc(11),
    Buffer.alloc(12, 0xff),
    Buffer.concat([good.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
    Buffer.concat([good.subarray(0, 12), Buffer.alloc(300, 63)]),
    Buffer.concat([good.subarray(0, 12), Buffer.from([63]), Buffer.alloc(5)]),
    question(`${'a'.repeat(63)}.`.repeat(4)),
    question('a\0b'),
  ]
  const mutated = Array.from({ length: 400 }, (_, seed) => {
    const bytes = Buffer.from(good)
    for (let i = 0; i < 3; i++) bytes[(seed * 31 + i * 17) % bytes.length] = (seed * 7919 + i * 104_729) & 255
    return bytes.subarray(0, seed % 5 === 0 ? (seed * 13) % bytes.length : bytes.length)
  })
  const [pid] = pids()
  await rawAsk('a', 'udp', [...hostile, ...mutated])
  await rawAsk('a', 'tcp', hostile)
  expect(pids()).toEqual([pid!])
  expect((await ask('a', 'web'))?.records).toEqual(['0a000002'])
})

describe('the process', () => {
  test('answers on without a daemon, and the next one adopts it', async () => {
    const [pid] = pids()
    const port = ports.get(pathOf('a'))
    await resolver.stop()
    expect((await ask('a', 'web'))?.records).toEqual(['0a000002'])
    resolver = openResolver(needs)
    const names = [{ network: front, endpoint: endpoint('e9', 'n1', ['fresh'], '10.0.0.9') }]
    await resolver.recover({ names, sandboxes: [sandbox('a')] })
    expect([pids(), ports.get(pathOf('a'))]).toEqual([[pid!], port])
    expect((await ask('a', 'fresh'))?.records).toEqual(['0a000009'])
    resolver.setHostServers([GOOD])
    expect((await ask('a', 'web'))?.records).toEqual(['c0000201'])
    expect(await ask('b', 'fresh')).toBeUndefined()
  })

  test('is started again with everything when it was killed', async () => {
    const [pid] = pids()
    process.kill(pid!, 'SIGKILL')
    for (let tries = 0; tries < 100 && (pids().length === 0 || pids()[0] === pid); tries++) await Bun.sleep(50)
    for (let tries = 0; tries < 20 && (await ask('a', 'fresh')) === undefined; tries++) await Bun.sleep(50)
    expect((await ask('a', 'fresh'))?.records).toEqual(['0a000009'])
  })
})
