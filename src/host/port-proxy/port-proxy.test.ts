import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../base/ids.ts'
import { bindPort, findPortProxies, type PortProxy, startPortProxy } from './port-proxy.ts'

const PROGRAM = join(import.meta.dir, '../../../dist/native/berth-port-proxy')
const TARGET = '127.0.0.77'
const LOOPBACK6 = Uint8Array.from({ length: 16 }, (_, index) => (index === 15 ? 1 : 0))
const directory = mkdtempSync(join(tmpdir(), 'berth-proxies-'))
const id = newId()
let proxy: PortProxy
let ports: { tcp: number; refused: number; udp: number }
let server: Server
let echo: Awaited<ReturnType<typeof echoDatagrams>>

/** Sends everything back once the client has ended its half. */
const echoAtEnd = (): Server =>
  createServer({ allowHalfOpen: true }, socket => {
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(Buffer.from(chunk)))
    socket.on('end', () => socket.end(Buffer.concat(chunks)))
    socket.on('error', () => {})
  })

const echoDatagrams = () =>
  Bun.udpSocket({
    hostname: TARGET,
    port: 0,
    socket: { data: (socket, data, port, address) => void socket.send(data, port, address) },
  })

/** A port that is free at this moment, bound at `address`. */
function bindFree(protocol: 'tcp' | 'udp', address: Uint8Array) {
  for (let port = 42_000; ; port++) {
    try {
      return { port, bound: bindPort(protocol, { address, port }) }
    } catch {}
  }
}

beforeAll(async () => {
  server = echoAtEnd()
  await new Promise<void>(resolve => server.listen(0, TARGET, resolve))
  echo = await echoDatagrams()
  const target = (server.address() as { port: number }).port
  const [tcp, refused, udp] = [bindFree('tcp', LOOPBACK6), bindFree('tcp', LOOPBACK6), bindFree('udp', LOOPBACK6)]
  proxy = startPortProxy(PROGRAM, directory, id, [
    { protocol: 'tcp', bound: tcp.bound, container: TARGET, containerPort: target },
    { protocol: 'tcp', bound: refused.bound, container: TARGET, containerPort: 1 },
    { protocol: 'udp', bound: udp.bound, container: TARGET, containerPort: echo.port },
  ])
  for (const each of [tcp, refused, udp]) each.bound[Symbol.dispose]()
  ports = { tcp: tcp.port, refused: refused.port, udp: udp.port }
})
afterAll(async () => {
  await proxy.stop()
  server.close()
  echo.close()
  rmSync(directory, { recursive: true })
})

/** Sends all, ends its half, and reads to the end. Rejects with the socket's error. */
function converse(port: number, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const heard: Buffer[] = []
    const socket = connect({ port, host: '::1', allowHalfOpen: true }, () => socket.end(bytes))
    socket.on('data', chunk => heard.push(Buffer.from(chunk)))
    socket.on('end', () => resolve(Buffer.concat(heard)))
    socket.on('error', reject)
  })
}

describe('the port proxy', () => {
  test('carries every byte both ways, and each half’s end by itself', async () => {
    for (const size of [0, 1, 70_000, 3_000_000]) {
      const bytes = Buffer.alloc(size, 'abcdefghijklmnop')
      expect(Buffer.compare(await converse(ports.tcp, bytes), bytes)).toBe(0)
    }
  })

  test('serves many at once, and keeps nothing of them', async () => {
    const descriptors = () => readdirSync(`/proc/${proxy.pid}/fd`).length
    const before = descriptors()
    const bytes = Buffer.alloc(100_000, 'x')
    const answers = await Promise.all(Array.from({ length: 100 }, () => converse(ports.tcp, bytes)))
    expect(answers.every(answer => answer.equals(bytes))).toBe(true)
    for (let tries = 0; descriptors() > before && tries < 100; tries++) await Bun.sleep(10)
    expect(descriptors()).toBe(before)
  })

  test('passes on that nobody listens', async () => {
    await expect(converse(ports.refused, Buffer.from('x'))).rejects.toThrow('ECONNRESET')
  })

  test('carries datagrams and their answers', async () => {
    const heard = Promise.withResolvers<string>()
    const client = await Bun.udpSocket({
      hostname: '::1',
      socket: { data: (_socket, data, port) => heard.resolve(`${data.toString()} ${port}`) },
    })
    client.send('ping', ports.udp, '::1')
    expect(await heard.promise).toBe(`ping ${ports.udp}`)
    client.close()
  })

  test('holds its ports against everybody, and has no right of root left', () => {
    const again = () => bindPort('tcp', { address: LOOPBACK6, port: ports.tcp })
    expect(again).toThrow('address already in use')
    const status = readFileSync(`/proc/${proxy.pid}/status`, 'utf8')
    expect(status).toMatch(/CapEff:\s0{16}/)
    expect(status).toMatch(/NoNewPrivs:\s1/)
  })

  test('is found by a later daemon, which can end it; then its port is free and its file gone', async () => {
    const found = await findPortProxies(directory)
    expect([...found.keys()]).toEqual([id])
    expect(found.get(id)?.pid).toBe(proxy.pid)
    await found.get(id)?.stop()
    bindPort('tcp', { address: LOOPBACK6, port: ports.tcp })[Symbol.dispose]()
    expect(existsSync(join(directory, id))).toBe(false)
    expect((await findPortProxies(directory)).size).toBe(0)
  })

  test('has a file only for what is an id', () => {
    expect(() => startPortProxy(PROGRAM, directory, '../../etc/passwd', [])).toThrow('not a container id')
  })
})
