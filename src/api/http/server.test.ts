import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { defineFaults } from '../../base/faults.ts'
import { configureLog } from '../../base/log.ts'
import { listenUnix } from '../../host/syscalls/sockets.ts'
import { listenOnDescriptor, listenOnUnix } from './listen.ts'
import { type HijackedConnection, json, type Operation } from './operation.ts'
import { createApi } from './server.ts'
import { rawConnection, testServer } from './testing/raw.ts'

const faults = defineFaults('TEST', {
  GONE: { kind: 'not-found', message: (id: string) => `No such container: ${id}` },
  SAME: { kind: 'not-modified', message: () => 'same' },
})
const seen: string[] = []
const gone: string[] = []

async function echo(connection: HijackedConnection): Promise<void> {
  connection.on('data', chunk => connection.write(`<${chunk}>`))
  await once(connection, 'end')
  connection.write('after your end')
}

const operations: Operation[] = [
  { id: 'Get', method: 'GET', path: '/thing', handle: request => json(200, { q: request.query.text('q') ?? null }) },
  { id: 'Head', method: 'HEAD', path: '/thing', handle: () => ({ kind: 'empty', status: 200, headers: { X: 'y' } }) },
  { id: 'Name', method: 'GET', path: '/images/{name*}/json', handle: request => json(200, request.params) },
  {
    id: 'Missing',
    method: 'GET',
    path: '/missing/{id}',
    handle: request => Promise.reject(faults.GONE(request.params['id'] ?? '')),
  },
  { id: 'Same', method: 'POST', path: '/same', handle: () => Promise.reject(faults.SAME()) },
  {
    id: 'Bug',
    method: 'GET',
    path: '/bug',
    handle: () => {
      throw new TypeError('secret insides')
    },
  },
  {
    id: 'BadHeader',
    method: 'GET',
    path: '/bad-header',
    handle: () => json(200, {}, { 'X-Bad': 'a\r\nX-Injected: b' }),
  },
  {
    id: 'Full',
    method: 'GET',
    path: '/full',
    handle: () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' })),
  },
  {
    id: 'Json',
    method: 'POST',
    path: '/json',
    handle: async request => json(200, await request.json(Type.Object({ Count: Type.Optional(Type.Integer()) }))),
  },
  {
    id: 'Ignore',
    method: 'POST',
    path: '/ignore',
    handle: request => {
      seen.push(request.method)
      return json(200, { ignored: true })
    },
  },
  {
    id: 'Lines',
    method: 'GET',
    path: '/lines',
    handle: () => ({ kind: 'stream', status: 200, contentType: 'text/plain', body: Readable.from(['a\n', 'b\n']) }),
  },
  {
    id: 'Endless',
    method: 'GET',
    path: '/endless',
    handle: request => ({
      kind: 'stream',
      status: 200,
      contentType: 'text/plain',
      body: (async function* () {
        request.signal.addEventListener('abort', () => gone.push('endless'))
        for (;;) yield Buffer.alloc(64 * 1024, 'x')
      })(),
    }),
  },
  {
    id: 'Waits',
    method: 'GET',
    path: '/waits',
    handle: request => ({
      kind: 'stream',
      status: 200,
      contentType: 'text/plain',
      body: (async function* () {
        await once(request.signal, 'abort')
        gone.push('waits')
        yield ''
      })(),
    }),
  },
  {
    id: 'Breaks',
    method: 'GET',
    path: '/breaks',
    handle: () => ({
      kind: 'stream',
      status: 200,
      contentType: 'text/plain',
      body: (async function* () {
        yield 'first'
        throw new Error('disk on fire')
      })(),
    }),
  },
  {
    id: 'Hijack',
    method: 'POST',
    path: '/hijack',
    handle: async request => {
      const body = await request.json(Type.Object({ Count: Type.Optional(Type.Integer()) }), { optional: true })
      if (body.Count === 404) throw faults.GONE('x')
      return { kind: 'hijack', contentType: 'application/vnd.docker.raw-stream', run: echo }
    },
  },
  {
    id: 'HijackOut',
    method: 'POST',
    path: '/out',
    handle: () => ({
      kind: 'hijack',
      contentType: 'application/vnd.docker.raw-stream',
      run: async connection => {
        connection.write('output')
      },
    }),
  },
]

let server: Awaited<ReturnType<typeof testServer>>
beforeAll(async () => {
  configureLog({ write: () => {} })
  server = await testServer(operations)
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: d\r\n${headers}\r\n`
const post = (path: string, body: string, headers = 'Content-Type: application/json\r\n') =>
  `POST ${path} HTTP/1.1\r\nHost: d\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: tcp\r\n'

describe('answers', () => {
  test('carry the common headers, their length, and end with a new line', async () => {
    const text = await server.send(get('/v1.44/thing?q=1'))
    expect(text).toStartWith('HTTP/1.1 200 OK\r\nApi-Version: 1.55\r\n')
    expect(text).toContain('Content-Type: application/json\r\n')
    expect(text).toContain('Content-Length: 10\r\n')
    expect(text).toEndWith('\r\n\r\n{"q":"1"}\n')
  })

  test.each([
    ['/v1.56/thing', 400, 'client version 1.56 is too new. Maximum supported API version is 1.55'],
    ['/v9/thing', 400, 'client version 9 is too new. Maximum supported API version is 1.55'],
    [
      '/v1.23/thing',
      400,
      'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    ],
    ['/nothing', 404, 'page not found'],
    ['/', 404, 'page not found'],
    ['/v1.44//thing', 404, 'page not found'],
    ['/x/../thing', 404, 'page not found'],
    ['/x/%2e%2e/thing', 404, 'page not found'],
    ['/v1.44/v1.44/thing', 404, 'page not found'],
    ['/images/a/../../b/json', 404, 'page not found'],
    ['/images/%2e%2e/json', 404, 'page not found'],
    ['/thing%00', 404, 'page not found'],
    ['/images/%zz/json', 400, 'invalid URL escape in path: "%zz"'],
    ['/missing/abc', 404, 'No such container: abc'],
    ['/missing/a%2Fb', 404, 'No such container: a/b'],
    ['/bug', 500, 'internal error: see the log of the daemon'],
    ['/full', 500, 'no space left on device'],
  ])('%s: %d %s', async (path, status, message) => {
    const text = await server.send(get(path))
    expect(text).toStartWith(`HTTP/1.1 ${status} `)
    expect(text).toContain('Api-Version: 1.55')
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))).toEqual({ message })
  })

  test.each([
    ['/images/a/b/c:1/json', 'a/b/c:1'],
    ['/v1.30/images/localhost%3A5000%2Fa/json', 'localhost:5000/a'],
    ['/images/a/json/json', 'a/json'],
    ['http://evil.example/images/x/json', 'x'],
    ['/images/x/json/', 'x'],
    ['/images/a@sha256:ff/json?x', 'a@sha256:ff'],
  ])('the name of %s is %s', async (path, name) => {
    expect(await server.send(get(path))).toEndWith(`${JSON.stringify({ name })}\n`)
  })

  test('HEAD has no body, 304 no length, OPTIONS is empty, an unknown method no page', async () => {
    expect(await server.send('HEAD /thing HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n')).toMatch(
      /X: y\r\n[^{]*\r\n\r\n$/,
    )
    const same = await server.send(post('/same', ''))
    expect(same).toStartWith('HTTP/1.1 304')
    expect(same).toEndWith('\r\n\r\n')
    expect(await server.send('OPTIONS /x HTTP/1.1\r\nHost: d\r\n\r\n')).toStartWith('HTTP/1.1 200')
    expect(await server.send('DELETE /thing HTTP/1.1\r\nHost: d\r\n\r\n')).toContain('page not found')
  })

  test('HTTP/1.0 is answered and closed', async () => {
    await using connection = server.connect()
    connection.socket.write('GET /thing HTTP/1.0\r\n\r\n')
    expect(await connection.untilEnd()).toEndWith('{"q":null}\n')
  })

  test('one connection carries many requests, also sent at once', async () => {
    await using connection = server.connect()
    connection.socket.write(get('/thing?q=1') + get('/thing?q=2'))
    await connection.untilText('{"q":"2"}')
    connection.socket.write(get('/missing/x') + get('/thing?q=3'))
    expect(await connection.untilText('{"q":"3"}')).toContain('No such container: x')
  })

  test('a body that nobody reads does not spoil the next request', async () => {
    await using connection = server.connect()
    connection.socket.write(post('/ignore', 'x'.repeat(100_000)) + get('/thing?q=next'))
    expect(await connection.untilText('{"q":"next"}')).toContain('{"ignored":true}')
  })
})

test('a header that would split the answer is not sent', async () => {
  await using connection = server.connect()
  connection.socket.write(get('/bad-header'))
  expect(await connection.untilEnd()).not.toContain('X-Injected')
  expect(await server.send(get('/thing'))).toContain(' 200 OK')
})

describe('JSON bodies', () => {
  test.each([
    ['{"Count":1}', 200, { Count: 1 }],
    ['{"count":1,"Other":{}}', 200, { Count: 1 }],
    ['{"Count":null}', 200, {}],
    ['{"__proto__":{"Count":5}}', 200, {}],
    ['{"Count":"1"}', 400, { message: 'invalid JSON: Count: must be integer' }],
    ['{"Count":1.5}', 400, { message: 'invalid JSON: Count: must be integer' }],
    ['[]', 400, { message: 'invalid JSON: body: must be object' }],
    ['{"Count":1}{"Count":2}', 400, { message: 'unexpected content after JSON' }],
    ['{"Count":1} x', 400, { message: 'unexpected content after JSON' }],
    ['', 400, { message: 'invalid JSON: got EOF while reading request body' }],
  ])('%s: %d', async (body, status, answer) => {
    const text = await server.send(post('/json', body))
    expect(text).toStartWith(`HTTP/1.1 ${status} `)
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))).toEqual(answer)
  })

  test('malformed ones are refused', async () => {
    for (const body of ['{', '{"Count":', 'x', '{"a":}', '\0'])
      expect(await server.send(post('/json', body))).toContain('{"message":"invalid JSON: ')
  })

  test('need their type', async () => {
    const plain = await server.send(post('/json', '{}', 'Content-Type: text/plain\r\n'))
    expect(plain).toContain("unsupported Content-Type header (text/plain): must be 'application/json'")
    expect(await server.send(post('/json', '{}', ''))).toContain(
      'malformed Content-Type header (): mime: no media type',
    )
    expect(await server.send(post('/json', '{}', 'Content-Type: application/json; charset=utf-8\r\n'))).toContain(
      ' 200 ',
    )
  })

  test('over 4 MiB are 413, also when no length tells', async () => {
    const head = 'POST /json HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n'
    expect(await server.send(`${head}Content-Length: 4194305\r\n\r\n`)).toStartWith('HTTP/1.1 413')
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
    expect(
      await server.send(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}1\r\n \r\n0\r\n\r\n`),
    ).toStartWith('HTTP/1.1 413')
  })
})

describe('what is no HTTP, or two things at once', () => {
  const smuggled = 'POST /ignore HTTP/1.1\r\nHost: d\r\n\r\n'
  test.each([
    [
      'length and chunks',
      `POST /json HTTP/1.1\r\nHost: d\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'two lengths',
      `POST /json HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    ],
    ['a signed length', `POST /json HTTP/1.1\r\nHost: d\r\nContent-Length: +5\r\n\r\n${smuggled}`],
    [
      'chunks that are not last',
      `POST /json HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['an unknown coding', `POST /json HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a space before the colon', `POST /json HTTP/1.1\r\nHost: d\r\nContent-Length : 0\r\n\r\n${smuggled}`],
    ['a folded header', `GET /thing HTTP/1.1\r\nHost: d\r\nX: a\r\n b\r\n\r\n${smuggled}`],
    ['bare line feeds', `GET /thing HTTP/1.1\nHost: d\n\n${smuggled}`],
    ['a NUL in a header', `GET /thing HTTP/1.1\r\nHost: d\r\nX: a\0b\r\n\r\n${smuggled}`],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n'],
    ['a header of 20 KiB', `GET /thing HTTP/1.1\r\nHost: d\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['no host', 'GET /thing HTTP/1.1\r\n\r\n'],
  ])('%s is refused and the connection closed', async (_, bytes) => {
    seen.length = 0
    await using connection = server.connect()
    connection.socket.write(bytes)
    expect(await connection.untilEnd()).toMatch(/^HTTP\/1.1 4\d\d /)
    expect(seen).toEqual([])
  })

  test('a header called __proto__ harms nobody', async () => {
    expect(await server.send(get('/thing', '__proto__: x\r\nconstructor: y\r\n'))).toContain('{"q":null}')
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('clients that reset or vanish at any point leave the server alive', async () => {
    for (const bytes of [
      '',
      'GET',
      get('/endless'),
      post('/hijack', '', UPGRADE),
      'POST /json HTTP/1.1\r\nHost: d\r\nContent-Length: 9\r\n\r\n{',
    ]) {
      const connection = server.connect()
      await once(connection.socket, 'connect')
      connection.socket.write(bytes)
      await new Promise(resolve => setImmediate(resolve))
      connection.socket.resetAndDestroy?.()
      connection.socket.destroy()
    }
    expect(await server.send(get('/thing'))).toContain(' 200 OK')
  })
})

describe('streams', () => {
  test('come in chunks and end', async () => {
    const text = await server.send(get('/lines'))
    expect(text).toContain('Transfer-Encoding: chunked')
    expect(text).toEndWith('2\r\na\n\r\n2\r\nb\n\r\n0\r\n\r\n')
  })

  test('the head comes before the first byte of the body, and a client that goes ends the operation', async () => {
    gone.length = 0
    await using connection = server.connect()
    connection.socket.write(get('/waits'))
    await connection.untilText('\r\n\r\n')
    connection.socket.destroy()
    await Bun.sleep(50)
    expect(gone).toEqual(['waits'])
  })

  test('a client that does not read holds its producer back', async () => {
    gone.length = 0
    await using connection = server.connect()
    connection.socket.pause()
    connection.socket.write(get('/endless'))
    await Bun.sleep(100)
    const before = process.memoryUsage().rss
    await Bun.sleep(200)
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
    connection.socket.destroy()
    await Bun.sleep(50)
    expect(gone).toEqual(['endless'])
  })

  test('one that fails is cut off, not ended', async () => {
    await using connection = server.connect()
    connection.socket.write(get('/breaks'))
    const text = await connection.untilEnd()
    expect(text).toContain('first')
    expect(text).not.toContain('0\r\n\r\n')
    expect(text).not.toContain('disk on fire')
  })
})

describe('hijacked connections', () => {
  test('101, early bytes after the body, both halves close on their own', async () => {
    await using connection = server.connect()
    connection.socket.write(`${post('/v1.44/hijack', '{}', `Content-Type: application/json\r\n${UPGRADE}`)}early`)
    const head = await connection.untilText('<early>')
    expect(head).toStartWith(
      'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nApi-Version: 1.55\r\n',
    )
    connection.socket.write('more')
    await connection.untilText('<more>')
    connection.socket.end('last')
    expect(await connection.untilEnd()).toEndWith('<last>after your end')
  })

  test('a body that comes late is waited for', async () => {
    await using connection = server.connect()
    connection.socket.write(
      `POST /hijack HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n${UPGRADE}Content-Length: 2\r\n\r\n`,
    )
    await Bun.sleep(20)
    connection.socket.write('{}')
    await connection.untilText('\r\n\r\n')
    connection.socket.end('x')
    expect(await connection.untilEnd()).toEndWith('<x>after your end')
  })

  test('a refusal before the upgrade is an ordinary answer', async () => {
    await using connection = server.connect()
    connection.socket.write(post('/hijack', '{"Count":404}', `Content-Type: application/json\r\n${UPGRADE}`))
    const text = await connection.untilEnd()
    expect(text).toStartWith('HTTP/1.1 404 Not Found\r\n')
    expect(text).toContain('Content-Length')
    expect(text).toEndWith('{"message":"No such container: x"}\n')
  })

  test('an operation that answers plainly ignores the upgrade', async () => {
    expect(await server.send(post('/ignore', '{}', UPGRADE))).toEndWith('{"ignored":true}\n')
    expect(await server.send(get('/thing', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n'))).toContain(
      ' 200 OK',
    )
  })

  test('without Upgrade: 200, the raw output, and the end', async () => {
    await using connection = server.connect()
    connection.socket.write(post('/out', ''))
    const text = await connection.untilEnd()
    expect(text).toStartWith('HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n')
    expect(text).not.toContain('chunked')
    expect(text).toEndWith('\r\n\r\noutput')
  })
})

describe('the socket', () => {
  test('is 0660, and a second server on it is refused while the first lives', async () => {
    expect(statSync(server.path).mode & 0o777).toBe(0o660)
    const second = createApi([], {}).createServer({ kind: 'unix' })
    expect(listenOnUnix(second, server.path, 0)).rejects.toThrow('another process listens on')
  })
})

describe('a socket that was opened before us', () => {
  test('is served like any other, early bytes and all', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'berth-fd-'))
    const path = join(directory, 'x.sock')
    const listener = await listenOnDescriptor(
      createApi(operations, {}).createServer({ kind: 'unix' }),
      listenUnix(path),
    )
    try {
      await using plain = rawConnection(path)
      plain.socket.write(get('/thing?q=1') + get('/thing?q=2'))
      await plain.untilText('{"q":"2"}')
      await using upgraded = rawConnection(path)
      upgraded.socket.write(`${post('/hijack', '{}', `Content-Type: application/json\r\n${UPGRADE}`)}early`)
      await upgraded.untilText('<early>')
      upgraded.socket.end('last')
      expect(await upgraded.untilEnd()).toEndWith('<last>after your end')
      await using late = rawConnection(path)
      late.socket.write(`${post('/hijack', '{}', `Content-Type: application/json\r\n${UPGRADE}`).slice(0, -1)}`)
      await Bun.sleep(20)
      late.socket.write('}early')
      await late.untilText('<early>')
    } finally {
      await listener.close(0)
      rmSync(directory, { recursive: true, force: true })
    }
  })
})

describe('a TCP socket without TLS', () => {
  test('does not serve web pages', async () => {
    await using tcp = await testServer(operations, { kind: 'insecure-tcp' })
    const ask = (headers: string) => tcp.send(`GET /thing HTTP/1.1\r\n${headers}\r\n`)
    expect(await ask('Host: 127.0.0.1:2375\r\n')).toContain(' 200 OK')
    expect(await ask('Host: localhost\r\n')).toContain(' 200 OK')
    expect(await ask('Host: rebound.evil.example\r\n')).toContain(' 403 ')
    expect(await ask('Host: localhost\r\nOrigin: http://evil.example\r\n')).toContain(' 403 ')
    expect(await ask('Host: localhost\r\nSec-Fetch-Site: cross-site\r\n')).toContain(' 403 ')
  })
})
