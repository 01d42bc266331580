import { expect, test } from 'bun:test'
import { PACKET, type PacketMessage, SESSION, Stat, type StatMessage } from '../buildkit/session.ts'
import { openCall } from '../grpc/client.ts'
import { serveGrpc, streaming } from '../grpc/server.ts'
import { linked } from '../testing/linked.ts'
import { permissionsOf, typeOfMode, wireMode } from './file-mode.ts'
import { PathOrder } from './path-order.ts'
import { type DirectoryReceiver, type PacketStream, receiveDirectory } from './receive-directory.ts'
import { type SentEntry, sendDirectory } from './send-directory.ts'

type Taken = Record<string, string>

/** Takes a directory into memory; `previous` is what is there already. */
function memory(previous: DirectoryReceiver['previous'] = new Map()): { taken: Taken; receiver: DirectoryReceiver } {
  const taken: Taken = {}
  const note = (path: string, what: string) => {
    taken[path] = what
  }
  const receiver: DirectoryReceiver = {
    previous,
    keep: path => note(path, 'kept'),
    directory: async path => note(path, 'directory'),
    symlink: async (path, _, target) => note(path, `-> ${target}`),
    link: async (path, to) => note(path, `= ${taken[to]}`),
    file: path => {
      const parts: Uint8Array[] = []
      return {
        write: async chunk => void parts.push(Buffer.from(chunk)),
        end: async () => note(path, `file ${Buffer.concat(parts).length}`),
      }
    },
  }
  return { taken, receiver }
}

const stat = (path: string, more: Partial<StatMessage> = {}): Partial<StatMessage> => ({
  path,
  mode: wireMode('file', 0o644),
  modified: 1_700_000_000_123_456_789n,
  ...more,
})
const file = (path: string, size: number): SentEntry => ({
  stat: stat(path, { size }),
  open: async function* () {
    yield Buffer.alloc(size)
  },
})
const directory = (path: string): SentEntry => ({ stat: stat(path, { mode: wireMode('directory', 0o755) }) })

/** Sends over a real connection. */
async function transfer(entries: SentEntry[], receiver: DirectoryReceiver): Promise<void> {
  const walk = async function* () {
    yield* entries
  }
  const serving = serveGrpc(
    {
      [SESSION.directory.path]: streaming(SESSION.directory.request, SESSION.directory.response, call =>
        sendDirectory({ incoming: call.requests, send: call.send }, walk()),
      ),
    },
    () => {},
  )
  await using pair = await linked(serving)
  const call = await openCall(pair.client, SESSION.directory)
  await receiveDirectory({ incoming: call.responses, send: call.send }, receiver)
}

test('a directory arrives as it is', async () => {
  const { taken, receiver } = memory()
  await transfer(
    [
      directory('a'),
      file('a/large', 5_000_000),
      { stat: stat('a/second', { linkName: 'a/large', size: 5_000_000 }) },
      { stat: stat('a/to', { mode: wireMode('symlink', 0o777), linkName: '../x' }) },
      { stat: stat('a/zero', { mode: 0x04000000 | 0o600 }) },
      file('a!', 0),
      ...Array.from({ length: 500 }, (_, at) => file(`b${String(at).padStart(3, '0')}`, at)),
    ],
    receiver,
  )
  expect(taken).toMatchObject({ a: 'directory', 'a/large': 'file 5000000', 'a/second': '= file 5000000' })
  expect(taken).toMatchObject({ 'a/to': '-> ../x', 'a!': 'file 0', b499: 'file 499' })
  expect(taken['a/zero']).toBeUndefined()
  expect(Object.keys(taken)).toHaveLength(505)
})

test('what is there already is not asked for', async () => {
  const same = { mode: 0o644, size: 3, modified: { seconds: 1_700_000_000, nanoseconds: 123_456_789 } }
  const previous = new Map([
    ['same', { type: 'file' as const, ...same }],
    ['touched', { type: 'file' as const, ...same, modified: { seconds: 1, nanoseconds: 0 } }],
    ['was-link', { type: 'symlink' as const, ...same, linkName: 'x' }],
  ])
  const { taken, receiver } = memory(previous)
  let opened = 0
  const counted = (path: string): SentEntry => ({
    stat: stat(path, { size: 3 }),
    open: async function* () {
      opened++
      yield Buffer.alloc(3)
    },
  })
  await transfer([counted('same'), counted('touched'), counted('was-link')], receiver)
  expect(taken).toEqual({ same: 'kept', touched: 'file 3', 'was-link': 'file 3' })
  expect(opened).toBe(2)
})

test('a sender that fails tells why', async () => {
  const broken: SentEntry = {
    stat: stat('x', { size: 1 }),
    // biome-ignore lint/correctness/useYield: it fails before it gives anything
    open: async function* () {
      throw new Error('permission denied')
    },
  }
  await expect(transfer([broken], memory().receiver)).rejects.toThrow('permission denied')
})

/** A sender that says what it likes. */
async function hostile(packets: Partial<PacketMessage>[]): Promise<{ taken: Taken; said: Partial<PacketMessage>[] }> {
  const { taken, receiver } = memory()
  const said: Partial<PacketMessage>[] = []
  const stream: PacketStream = {
    incoming: (async function* () {
      for (const packet of packets) yield { type: 0, stat: undefined, id: 0, data: new Uint8Array(), ...packet }
    })(),
    send: async packet => void said.push(packet),
  }
  await receiveDirectory(stream, receiver)
  return { taken, said }
}
const told = (path: string, more: Partial<StatMessage> = {}): Partial<PacketMessage> => ({
  type: PACKET.STAT,
  stat: Stat.of(stat(path, more)),
})

test.each<[string, Partial<PacketMessage>[]]>([
  ['a path that leads out', [told('../etc/passwd')]],
  ['a path that leads out in the middle', [told('a/../../etc/passwd')]],
  ['an absolute path', [told('/etc/passwd')]],
  ['an unclean path', [told('a//b')]],
  ['the directory itself', [told('.')]],
  ['an empty path', [told('')]],
  ['a path with a NUL', [told('a\0b')]],
  ['a path below a link', [told('a', { mode: wireMode('symlink', 0o777), linkName: '/etc' }), told('a/passwd')]],
  ['a path below a file', [told('a'), told('a/b')]],
  ['a path whose directory never came', [told('a/b')]],
  ['the same path twice', [told('a'), told('a')]],
  ['names out of order', [told('b'), told('a')]],
  ['content that nobody asked for', [{ type: PACKET.DATA, id: 7, data: Buffer.from('x') }]],
  ['an end before the whole', [told('a')]],
  ['a finish that nobody asked for', [told('a'), { type: PACKET.FINISH }]],
  ['attributes without an end', [told('a', { attributes: { 'user.x': Buffer.alloc(100_000) } })]],
  ['an error of its own', [{ type: PACKET.ERROR, data: Buffer.from('no') }]],
])('%s is refused, and the sender is told', async (_, packets) => {
  await expect(hostile(packets)).rejects.toThrow()
})

test('content far beyond the size that was told is refused', async () => {
  const much = Array.from({ length: 70 }, () => ({ type: PACKET.DATA, id: 0, data: new Uint8Array(16_000_000) }))
  await expect(hostile([told('a', { size: 1 }), ...much])).rejects.toThrow('more content')
})

test('order is by the parts of a path, as a walk goes', () => {
  const order = new PathOrder()
  for (const [path, isDirectory] of [
    ['a', true],
    ['a/z', false],
    ['a-b', true],
    ['a-b/x', false],
    ['a.txt', false],
    ['ä', false],
  ] as const)
    order.check(path, isDirectory)
})

test.each(['file', 'directory', 'symlink'] as const)('modes of a %s go there and back', type => {
  for (const permissions of [0, 0o644, 0o7777, 0o4755, 0o1777, 0o2755]) {
    const mode = wireMode(type, permissions)
    expect([typeOfMode(mode), permissionsOf(mode)]).toEqual([type, permissions])
  }
})
