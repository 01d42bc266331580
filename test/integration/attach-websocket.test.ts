import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { freePort } from '../kit/registry.ts'
import { until } from '../kit/until.ts'

/** With Bun's own WebSocket, which nobody here wrote, and with bytes by hand. */
let daemon: TestDaemon
let address: string
beforeAll(async () => {
  address = `127.0.0.1:${await freePort()}`
  daemon = await testDaemon({ flags: ['--host', `tcp://${address}`, '--insecure-tcp'] })
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function attached(container: string, query: string) {
  const socket = new WebSocket(`ws://${address}/v1.45/containers/${container}/attach/ws?${query}`)
  socket.binaryType = 'arraybuffer'
  let said = ''
  let code = 0
  socket.addEventListener('message', ({ data }) => {
    said += typeof data === 'string' ? `TEXT:${data}` : Buffer.from(data as ArrayBuffer).toString()
  })
  socket.addEventListener('close', event => {
    code = event.code
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return { socket, said: () => said, code: () => code }
}

test('both streams come as one in binary frames, standard input goes in, and the end closes it', async () => {
  await daemon.docker(['create', '-i', '--name', 'cat', 'busybox', 'sh', '-c', 'echo err >&2; read x; echo got $x'])
  const { socket, said, code } = await attached('cat', 'stream=1&stdin=1&stdout=1&stderr=1')
  await daemon.docker(['start', 'cat'])
  await until('it has written', async () => said() === 'err\n')
  socket.send('a line\n')
  await until('it is closed', async () => code() !== 0)
  expect(said()).toBe('err\ngot a line\n')
  expect(code()).toBe(1000)
})

test('logs come first, only what is asked for', async () => {
  await daemon.docker(['run', '--name', 'past', 'busybox', 'sh', '-c', 'echo out; echo err >&2'])
  const { said, code } = await attached('past', 'logs=1&stdout=1')
  await until('it is closed', async () => code() !== 0)
  expect(said()).toBe('out\n')
})

test('a client that closes leaves the container running', async () => {
  await daemon.docker(['run', '-d', '-i', '--name', 'stays', 'busybox', 'sleep', '1000'])
  const { socket, code } = await attached('stays', 'stream=1&stdin=1&stdout=1')
  socket.close()
  await until('it is closed', async () => code() !== 0)
  expect((await daemon.docker(['inspect', '-f', '{{.State.Running}}', 'stays'])).stdout).toBe('true\n')
})

test('what is no WebSocket is refused', async () => {
  const plain = await daemon.api('GET', '/v1.45/containers/stays/attach/ws')
  expect(plain.status).toBe(400)
  const missing = await daemon.api('GET', '/v1.45/containers/nope/attach/ws')
  expect(missing.status).toBe(404)
})

test('a page in a browser is refused: cross-site WebSocket', async () => {
  const headers = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    origin: 'http://evil.example',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const [host = '', port = ''] = address.split(':')
  const socket = connect(Number(port), host)
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write(
    [`GET /v1.45/containers/stays/attach/ws?stream=1 HTTP/1.1`, `Host: ${address}`, ...lines, '', ''].join('\r\n'),
  )
  await until('it is answered', async () => answer !== '')
  expect(answer).toMatch(/^HTTP\/1.1 4\d\d /)
  socket.destroy()
})

test('a frame without a mask ends the connection with a protocol error', async () => {
  const [host = '', port = ''] = address.split(':')
  const socket = connect(Number(port), host)
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(Buffer.from(chunk)))
  const head = [
    'GET /v1.45/containers/stays/attach/ws?stream=1&stdin=1 HTTP/1.1',
    `Host: ${address}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await until('the handshake', async () => Buffer.concat(chunks).includes('\r\n\r\n'))
  expect(Buffer.concat(chunks).toString()).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  socket.write(Buffer.from([0x82, 1, 65]))
  await until('the close frame', async () =>
    Buffer.concat(chunks)
      .subarray(-4)
      .equals(Buffer.from([0x88, 2, 0x03, 0xea])),
  )
  socket.destroy()
})
