import { afterAll, beforeAll, expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { listenOnTcp } from './listen.ts'
import { json, type Operation } from './operation.ts'
import { createApi } from './server.ts'
import { mutualTls } from './tls.ts'

const directory = mkdtempSync(join(tmpdir(), 'berth-tls-'))
const file = (name: string) => join(directory, name)
const openssl = (...words: string[]) => {
  const { exitCode, stderr } = Bun.spawnSync(['openssl', ...words], { cwd: directory, stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(stderr.toString())
}
const authority = (name: string) =>
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
  )
function certificate(name: string, ca: string): void {
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  )
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${ca}.pem`,
    '-CAkey',
    `${ca}.key`,
    '-CAcreateserial',
    '-days',
    '2',
    '-out',
    `${name}.pem`,
  )
}

const operations: Operation[] = [
  { id: 'Get', method: 'GET', path: '/thing', handle: () => json(200, {}) },
  {
    id: 'Hijack',
    method: 'POST',
    path: '/hijack',
    handle: () => ({
      kind: 'hijack',
      contentType: 'x/y',
      run: async connection => {
        connection.on('data', chunk => connection.write(`<${chunk}>`))
        await once(connection, 'end')
        connection.write('after your end')
      },
    }),
  },
]
const server = { port: 0, close: async () => {} }

beforeAll(async () => {
  authority('ours')
  authority('theirs')
  certificate('server', 'ours')
  certificate('client', 'ours')
  certificate('stranger', 'theirs')
  const material = mutualTls(
    readFileSync(file('ours.pem')),
    readFileSync(file('server.pem')),
    readFileSync(file('server.key')),
  )
  const http = createApi(operations, {}).createServer({ kind: 'tls', material })
  const listener = await listenOnTcp(http, '127.0.0.1', 0)
  server.port = (http.address() as AddressInfo).port
  server.close = () => listener.close(0)
})
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

/** What the server says to these bytes, until its end or a word. */
function ask(
  client: string | undefined,
  bytes: string,
  until: string,
  more: (socket: TLSSocket) => void = () => {},
): Promise<string> {
  return new Promise(resolve => {
    const own = client ? { cert: readFileSync(file(`${client}.pem`)), key: readFileSync(file(`${client}.key`)) } : {}
    const options = {
      port: server.port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: readFileSync(file('ours.pem')),
      allowHalfOpen: true,
      ...own,
    }
    // The types of Bun lack allowHalfOpen here.
    const socket = connect(options as ConnectionOptions)
    let text = ''
    const done = () => {
      socket.destroy()
      resolve(text)
    }
    socket.on('secureConnect', () => {
      socket.write(bytes)
      more(socket)
    })
    socket.on('data', chunk => {
      text += chunk
      if (text.includes(until)) done()
    })
    socket.on('end', done)
    socket.on('error', done)
    socket.on('close', done)
  })
}

const GET = 'GET /thing HTTP/1.1\r\nHost: localhost\r\n\r\n'

test('a client with a certificate of our authority is served', async () => {
  expect(await ask('client', GET, '{}')).toStartWith('HTTP/1.1 200')
})

test('nobody else is: without a certificate, or with one of another authority', async () => {
  expect(await ask(undefined, GET, '{}')).not.toContain('HTTP/1.1 200')
  expect(await ask('stranger', GET, '{}')).not.toContain('HTTP/1.1 200')
})

test('a connection is hijacked as on a unix socket', async () => {
  const post =
    'POST /hijack HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\nearly'
  const text = await ask('client', post, 'after your end', socket => {
    setTimeout(() => socket.end('late'), 50)
  })
  expect(text).toStartWith('HTTP/1.1 101 UPGRADED')
  expect(text).toEndWith('<late>after your end')
})
