import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { Client, readText } from './client.ts'
import { DaemonFault } from './faults.ts'

type Peer = AsyncDisposable & { client: Client; requests: string[] }

/** A daemon of a few lines: `answer` gets each request's head and body as they came and writes raw bytes. */
async function peer(answer: (request: string, socket: Socket) => void, version?: string): Promise<Peer> {
  const directory = mkdtempSync(`${tmpdir()}/client-test-`)
  const path = `${directory}/s`
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', data => {
      requests.push(data.toString('latin1'))
      answer(data.toString('latin1'), socket)
    })
  })
  await new Promise<void>(ready => server.listen(path, ready))
  const client = new Client({
    endpoint: { text: `unix://${path}`, address: { unix: path }, basePath: '' },
    version,
    userAgent: 'test',
  })
  return {
    client,
    requests,
    [Symbol.asyncDispose]: async () => {
      client.close()
      for (const socket of sockets) socket.destroy()
      await new Promise(done => server.close(done))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const ok = (body: string, extra = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${extra}\r\n${body}`

describe('the version', () => {
  const negotiated: [string, string][] = [
    ['1.45', '1.45'],
    ['1.99', '1.55'],
    ['1.12', '1.24'],
    ['nonsense', '1.24'],
  ]
  for (const [offered, agreed] of negotiated) {
    test(`a daemon of ${offered} is spoken to in ${agreed}`, async () => {
      await using daemon = await peer((_, socket) => void socket.write(ok('', `Api-Version: ${offered}\r\n`)))
      expect(await daemon.client.version()).toBe(agreed)
    })
  }

  test('is not asked for where it is given', async () => {
    await using daemon = await peer((_, socket) => void socket.write(ok('{}')), '1.30')
    await daemon.client.json('GET', '/info')
    expect(daemon.requests).toHaveLength(1)
    expect(daemon.requests[0]).toStartWith('GET /v1.30/info HTTP/1.1\r\n')
  })
})

describe('answers', () => {
  const texts: [string, string][] = [
    ['with a length', ok('hello')],
    [
      'in chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n',
    ],
    ['after an interim one', `HTTP/1.1 100 Continue\r\n\r\n${ok('hello')}`],
    ['of lower-case headers', 'HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello'],
  ]
  for (const [name, bytes] of texts) {
    test(`${name} are read, whatever the pieces`, async () => {
      await using daemon = await peer((_, socket) => {
        for (const byte of bytes) socket.write(byte)
      }, '1.45')
      for (let time = 0; time < 2; time++) expect(await readText(await daemon.client.call('GET', '/x'))).toBe('hello')
    })
  }

  test('without a length end with the connection, which is not used again', async () => {
    await using daemon = await peer((_, socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nhello'), '1.45')
    expect(await readText(await daemon.client.call('GET', '/x'))).toBe('hello')
    expect(await readText(await daemon.client.call('GET', '/x'))).toBe('hello')
  })

  test('that tell of an error are thrown in the words of the daemon', async () => {
    const body = '{"message":"No such container: x\\n"}'
    await using daemon = await peer(
      (_, socket) => void socket.write(ok(body).replace('200 OK', '404 Not Found')),
      '1.45',
    )
    const failure = await daemon.client.json('GET', '/containers/x/json').catch(thrown => thrown)
    expect(failure).toBeInstanceOf(DaemonFault)
    expect(failure).toMatchObject({
      status: 404,
      kind: 'not-found',
      message: 'Error response from daemon: No such container: x',
    })
  })

  const broken: [string, string][] = [
    ['cut within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhell'],
    ['cut within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhell'],
    ['cut within the header', 'HTTP/1.1 200 OK\r\nConten'],
    ['with a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n'],
    ['that are no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['with a header without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(300_000)}`],
    ['of nothing', ''],
  ]
  for (const [name, bytes] of broken) {
    test(`${name} are failures, not answers`, async () => {
      await using daemon = await peer((_, socket) => void socket.end(bytes), '1.45')
      const reading = daemon.client.call('GET', '/x').then(readText)
      expect(await reading.catch(thrown => thrown.message)).toStartWith('broken answer from the daemon: ')
    })
  }
})

describe('requests', () => {
  test('cannot be given further headers by a value with a line end', async () => {
    await using daemon = await peer((_, socket) => void socket.write(ok('{}')), '1.45')
    await daemon.client.json('GET', '/x', { headers: { 'X-A': 'a\r\nX-B: b' } })
    expect(daemon.requests[0]).toContain('X-A: a X-B: b\r\n')
  })

  test('with a stream for a body go out in chunks, and an early answer counts', async () => {
    await using daemon = await peer(
      (_, socket) => void socket.end(ok('{"message":"full"}').replace('200', '500')),
      '1.45',
    )
    async function* endless() {
      for (;;) yield new Uint8Array(1024 * 1024)
    }
    const failure = await daemon.client.call('POST', '/images/load', { body: endless() }).catch(thrown => thrown)
    expect(failure.message).toBe('Error response from daemon: full')
  })

  test('end when they are called off', async () => {
    await using daemon = await peer(() => {}, '1.45')
    const stop = new AbortController()
    const waiting = daemon.client.call('GET', '/events', { signal: stop.signal })
    setTimeout(() => stop.abort(), 10)
    expect(await waiting.catch(thrown => thrown.message)).toContain('connection closed')
  })
})

describe('a hijacked connection', () => {
  test('carries bytes both ways and tells the end of ours while the other side goes on', async () => {
    await using daemon = await peer((text, socket) => {
      if (!text.startsWith('POST')) return
      socket.write(
        'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly ',
      )
      socket.on('end', () => socket.end('late'))
    }, '1.45')
    const { connection, contentType } = await daemon.client.hijack('/containers/x/attach')
    expect(contentType).toBe('application/vnd.docker.raw-stream')
    await connection.write(Buffer.from('input'))
    connection.endWrite()
    let text = ''
    for (let bytes = await connection.read(); bytes; bytes = await connection.read())
      text += Buffer.from(bytes).toString()
    expect(text).toBe('early late')
    expect(daemon.requests.join('')).toEndWith('input')
  })

  test('that is refused says why', async () => {
    await using daemon = await peer(
      (_, socket) => void socket.write(ok('{"message":"is not running"}').replace('200', '409')),
      '1.45',
    )
    expect(await daemon.client.hijack('/exec/x/start').catch(thrown => thrown.status)).toBe(409)
  })
})

test('where nothing listens the message says how to start a daemon', async () => {
  const client = new Client({
    endpoint: { text: 'unix:///nowhere', address: { unix: '/nowhere' }, basePath: '' },
    userAgent: 'x',
  })
  const failure = await client.version().catch(thrown => thrown)
  expect(failure.message).toBe('Cannot connect to the Berth daemon at unix:///nowhere. Is the berth daemon running?')
  expect(failure.hint).toContain('berth daemon start')
})
