import { expect, test } from 'bun:test'
import * as http2 from 'node:http2'
import { connect, type Socket } from 'node:net'
import { linked, socketPair } from '../testing/linked.ts'
import { Http2Connection } from './connection.ts'
import { FLAGS, FRAME_TYPES, frameBytes, PREFACE, uint32 } from './frames.ts'
import { encodeHeaders } from './hpack/encoder.ts'
import type { Http2Stream } from './stream.ts'
import { transportOf } from './transport.ts'

const REQUEST = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/x'],
  [':authority', 'localhost'],
] as const

async function echo(stream: Http2Stream): Promise<void> {
  await stream.sendHeaders([[':status', '200']])
  for (let bytes = await stream.read(); bytes; bytes = await stream.read()) await stream.write(bytes)
  await stream.sendHeaders([['done', 'yes']], true)
}

async function readAll(stream: Http2Stream): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let bytes = await stream.read(); bytes; bytes = await stream.read()) parts.push(bytes)
  return Buffer.concat(parts)
}

test('megabytes go both ways on many streams at once, with trailers after them', async () => {
  await using pair = await linked(echo)
  const content = Buffer.alloc(3_000_000, 'berth')
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const stream = await pair.client.request(REQUEST)
      const sent = stream.write(content).then(() => stream.end())
      const answer = await readAll(stream)
      await sent
      return { answer, trailers: stream.trailers }
    }),
  )
  for (const { answer, trailers } of answers) {
    expect(answer.equals(content)).toBeTrue()
    expect(trailers).toEqual([['done', 'yes']])
  }
})

test('a stream that nobody reads holds up its sender and no other stream', async () => {
  await using pair = await linked(async stream => {
    const [, path] = (await stream.headers).find(([name]) => name === ':path')!
    await stream.sendHeaders([[':status', '200']])
    if (path === '/flood') await stream.write(Buffer.alloc(50_000_000))
    await stream.sendHeaders([], true)
  })
  const flood = await pair.client.request(REQUEST.map(([name, value]) => [name, name === ':path' ? '/flood' : value]))
  await flood.headers
  const other = await pair.client.request(REQUEST)
  expect(await readAll(other)).toHaveLength(0)
  flood.reset()
})

test('a reset aborts the work of the other side, and the connection goes on', async () => {
  const aborted = Promise.withResolvers<void>()
  await using pair = await linked(async stream => {
    const isEcho = (await stream.headers).some(([name]) => name === 'echo')
    if (isEcho) return await echo(stream)
    await stream.read().catch(aborted.resolve)
    expect(stream.signal.aborted).toBeTrue()
  })
  const stream = await pair.client.request(REQUEST)
  stream.reset()
  await aborted.promise
  const again = await pair.client.request([...REQUEST, ['echo', '1']])
  await again.end()
  expect(await readAll(again)).toHaveLength(0)
})

test('when the connection goes, every stream of it fails', async () => {
  await using pair = await linked(async stream => void (await stream.read()))
  const stream = await pair.client.request(REQUEST)
  const reading = stream.read()
  pair.server.close()
  await expect(reading).rejects.toThrow()
  await expect(pair.client.request(REQUEST)).rejects.toThrow()
})

test('a client of others’ making is served', async () => {
  const [near, far] = await socketPair()
  const server = new Http2Connection(transportOf(far), { role: 'server', serve: echo })
  const session = http2.connect('http://localhost', { createConnection: () => near })
  const request = session.request({ ':method': 'POST', ':path': '/x' })
  let answer = 0
  const trailers = Promise.withResolvers<http2.IncomingHttpHeaders>()
  request.on('data', (bytes: Buffer) => {
    answer += bytes.length
  })
  request.on('trailers', trailers.resolve)
  request.end(Buffer.alloc(1_000_000))
  expect((await trailers.promise).done).toBe('yes')
  await new Promise(resolve => request.on('close', resolve))
  expect(answer).toBe(1_000_000)
  session.destroy()
  server.close()
})

test('a server of others’ making is understood', async () => {
  const server = http2.createServer()
  server.on('stream', (stream: http2.ServerHttp2Stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ done: 'yes' }))
    stream.pipe(stream)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const client = new Http2Connection(transportOf(connect(port, '127.0.0.1')), { role: 'client' })
  const stream = await client.request(REQUEST)
  const sent = stream.write(Buffer.alloc(1_000_000)).then(() => stream.end())
  expect(await readAll(stream)).toHaveLength(1_000_000)
  await sent
  expect(stream.trailers.find(([name]) => name === 'done')).toEqual(['done', 'yes'])
  client.close()
  server.close()
})

/** A server with a raw other side; `ended` resolves when the server has let go. */
async function attacked(attack: (socket: Socket) => void): Promise<{ served: number }> {
  const [near, far] = await socketPair()
  near.on('error', () => {})
  let served = 0
  const server = new Http2Connection(transportOf(far), {
    role: 'server',
    serve: async stream => {
      served++
      await new Promise(resolve => stream.signal.addEventListener('abort', resolve))
      // A handler takes a while to notice.
      await new Promise(resolve => setTimeout(resolve, 20))
    },
  })
  near.write(Buffer.concat([PREFACE, frameBytes(FRAME_TYPES.SETTINGS, 0, 0, Buffer.alloc(0))]))
  near.resume()
  attack(near)
  await server.closed
  near.destroy()
  return { served }
}

const block = encodeHeaders(REQUEST)
const { END_HEADERS, END_STREAM } = FLAGS

test('streams opened and reset at once do not pile up work (CVE-2023-44487)', async () => {
  const { served } = await attacked(socket => {
    for (let id = 1; id < 20_000; id += 2) {
      socket.write(frameBytes(FRAME_TYPES.HEADERS, END_HEADERS | END_STREAM, id, block))
      socket.write(frameBytes(FRAME_TYPES.RST_STREAM, 0, id, uint32(8)))
    }
    socket.end()
  })
  expect(served).toBeLessThanOrEqual(1_000)
})

test.each<[string, (socket: Socket) => void]>([
  [
    'headers that never end (CVE-2024-27316)',
    socket => {
      socket.write(frameBytes(FRAME_TYPES.HEADERS, 0, 1, block))
      for (let count = 0; count < 20_000; count++)
        socket.write(frameBytes(FRAME_TYPES.CONTINUATION, 0, 1, Buffer.alloc(0)))
    },
  ],
  ['a frame larger than allowed', socket => socket.write(Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1]))],
  ['a continuation of nothing', socket => socket.write(frameBytes(FRAME_TYPES.CONTINUATION, 0, 1, block))],
  [
    'another frame within a header block',
    socket => {
      socket.write(frameBytes(FRAME_TYPES.HEADERS, 0, 1, block))
      socket.write(frameBytes(FRAME_TYPES.PING, 0, 0, Buffer.alloc(8)))
    },
  ],
  ['a stream that is not theirs', socket => socket.write(frameBytes(FRAME_TYPES.HEADERS, END_HEADERS, 2, block))],
  ['data of a stream that never was', socket => socket.write(frameBytes(FRAME_TYPES.DATA, 0, 9, Buffer.alloc(1)))],
  [
    'more padding than content',
    socket => {
      socket.write(frameBytes(FRAME_TYPES.HEADERS, END_HEADERS, 1, block))
      socket.write(frameBytes(FRAME_TYPES.DATA, FLAGS.PADDED, 1, Buffer.from([9, 1])))
    },
  ],
  [
    'more data than its window',
    socket => {
      socket.write(frameBytes(FRAME_TYPES.HEADERS, END_HEADERS, 1, block))
      for (let count = 0; count < 64; count++) socket.write(frameBytes(FRAME_TYPES.DATA, 0, 1, Buffer.alloc(16_384)))
    },
  ],
  [
    'a window beyond its limit',
    socket => socket.write(frameBytes(FRAME_TYPES.WINDOW_UPDATE, 0, 0, uint32(0x7fffffff))),
  ],
  ['a push', socket => socket.write(frameBytes(FRAME_TYPES.PUSH_PROMISE, 0, 1, block))],
])('%s ends the connection, and nothing else', async (_, attack) => {
  await attacked(attack)
})

test('pings whose answers nobody reads do not fill the memory (CVE-2019-9512)', async () => {
  const [near, far] = await socketPair()
  near.on('error', () => {})
  near.pause()
  const server = new Http2Connection(transportOf(far), { role: 'server', serve: echo })
  near.write(PREFACE)
  const ping = Buffer.concat(Array.from({ length: 1_000 }, () => frameBytes(FRAME_TYPES.PING, 0, 0, Buffer.alloc(8))))
  const flood = () => {
    while (!near.destroyed && near.write(ping));
    if (!near.destroyed) near.once('drain', flood)
  }
  flood()
  await server.closed
  near.destroy()
})
