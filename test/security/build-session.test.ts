import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { openSession, upgraded } from '../../src/api/engine/build/buildkit/testing/session-peer.ts'
import { CONTROL } from '../../src/wire/buildkit/control.ts'
import { PACKET, type PacketMessage, SESSION, Stat, type StatMessage } from '../../src/wire/buildkit/session.ts'
import { wireMode } from '../../src/wire/directory/file-mode.ts'
import { callOnce } from '../../src/wire/grpc/client.ts'
import { type ServerMethods, streaming } from '../../src/wire/grpc/server.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const answers = async () => (await daemon.docker(['version', '--format', '{{.Server.Os}}'])).stdout.trim()
const told = (path: string, more: Partial<StatMessage> = {}): Partial<PacketMessage> => ({
  type: PACKET.STAT,
  stat: Stat.of({ path, mode: wireMode('file', 0o644), ...more }),
})
const link = (path: string, target: string) => told(path, { mode: wireMode('symlink', 0o777), linkName: target })
const end: Partial<PacketMessage> = { type: PACKET.STAT }

/** A client that sends what it likes for its context. */
const liar = (packets: Partial<PacketMessage>[]): ServerMethods => ({
  [SESSION.directory.path]: streaming(SESSION.directory.request, SESSION.directory.response, async call => {
    const isContext = call.metadata['dir-name']?.[0] === 'context'
    const dockerfile = Buffer.from('FROM busybox\nCOPY . /c\nRUN ls -laR /c\n')
    for (const packet of isContext ? packets : [told('Dockerfile', { size: dockerfile.length }), end])
      await call.send(packet)
    for await (const { type, id } of call.requests) {
      if (type === PACKET.ERROR) return
      if (type === PACKET.FINISH) return await call.send({ type: PACKET.FINISH })
      if (type !== PACKET.REQUEST) continue
      await call.send({ type: PACKET.DATA, id, data: isContext ? Buffer.from('evil') : dockerfile })
      await call.send({ type: PACKET.DATA, id })
    }
  }),
})

let sessions = 0
async function buildWith(packets: Partial<PacketMessage>[]): Promise<string> {
  const id = `liar${sessions++}`
  const builder = await upgraded(daemon.socket, '/grpc', {}, { role: 'client' })
  const session = await openSession(daemon.socket, id, liar(packets))
  const answer = await callOnce(builder, CONTROL.solve, { ref: id, session: id, frontend: 'dockerfile.v0' }).then(
    () => 'built',
    (failure: Error) => failure.message,
  )
  builder.close()
  session.close()
  return answer
}

test.each<[string, Partial<PacketMessage>[]]>([
  ['a path with ..', [told('../../../../tmp/berth-escaped', { size: 4 }), end]],
  ['an absolute path', [told('/tmp/berth-escaped', { size: 4 }), end]],
  ['a file below a link that leads out', [link('d', '/tmp'), told('d/berth-escaped', { size: 4 }), end]],
  ['a hard link to a file of the host', [told('berth-escaped', { linkName: '/etc/passwd' }), end]],
  ['a hard link that climbs', [told('berth-escaped', { linkName: '../../../../../etc/passwd' }), end]],
  ['a hard link through a link', [link('d', '/etc'), told('e', { linkName: 'd/passwd' }), end]],
  ['content that was not asked for', [{ type: PACKET.DATA, id: 5, data: Buffer.from('x') }]],
  ['the same name twice', [told('a', { size: 4 }), told('a', { size: 4 }), end]],
])('GHSA-g2h8-426c-7976: a context with %s is refused, and nothing is written outside', async (_, packets) => {
  expect(await buildWith(packets)).not.toBe('built')
  expect(existsSync('/tmp/berth-escaped')).toBeFalse()
  expect(await answers()).toBe('linux')
})

test('devices, sockets and pipes of a client are passed over', async () => {
  const special = [0x04000000, 0x04200000, 0x02000000, 0x01000000].map((mode, at) => told(`s${at}`, { mode }))
  expect(await buildWith([...special, end])).toBe('built')
})

test('a client’s links stay links: what they lead to on the host is not read', async () => {
  expect(await buildWith([link('passwd', '/etc/passwd'), end])).toBe('built')
})

test('CVE-2024-23650, GHSA-qx3x-mv6r-52p6, CVE-2026-93321, CVE-2026-93322: bytes that are no request end their connection and nothing else', async () => {
  for (const door of ['/grpc', '/session']) {
    for (let round = 0; round < 10; round++) {
      const socket = connect({ path: daemon.socket })
      socket.on('error', () => {})
      const closed = new Promise(resolve => socket.once('close', resolve))
      const headers = `Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nX-Docker-Expose-Session-Uuid: r${round}\r\n`
      socket.write(`POST ${door} HTTP/1.1\r\n${headers}\r\n`)
      socket.write(crypto.getRandomValues(Buffer.alloc(20_000)))
      socket.resume()
      socket.end()
      await closed
    }
  }
  const builder = await upgraded(daemon.socket, '/grpc', {}, { role: 'client' })
  const session = await openSession(daemon.socket, 'idle', {})
  for (const request of [
    { ref: '', session: 'idle', frontend: 'dockerfile.v0' },
    { ref: 'x', session: '', frontend: 'dockerfile.v0' },
    { ref: 'x', session: 'idle', frontend: 'dockerfile.v0', exporters: [{ type: '__proto__', attributes: {} }] },
    { ref: '../../x', session: 'idle', frontend: 'dockerfile.v0', frontendAttributes: { platform: '\0' } },
    { ref: 'x', session: 'idle', definition: { operations: [Buffer.from('\xff')], metadata: {} } },
    { ref: 'x', session: 'idle', frontend: 'dockerfile.v0' },
  ]) {
    await expect(callOnce(builder, CONTROL.solve, request)).rejects.toThrow()
  }
  session.close()
  builder.close()
  expect(await answers()).toBe('linux')
}, 30_000)

test('nothing stays of builds that were refused', () => {
  expect(readdirSync(join(daemon.instance.execRoot, 'build'))).toEqual([])
})
