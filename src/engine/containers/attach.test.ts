import { afterAll, beforeAll, expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bridge } from './attach.ts'

let server: Server
let path: string
let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'berth-attach-'))
  path = join(directory, 's')
  server = createServer({ allowHalfOpen: true }).listen(path)
  await once(server, 'listening')
})
afterAll(() => {
  server.close()
  rmSync(directory, { recursive: true })
})

/** Two ends of a connection. */
async function pair(): Promise<[Socket, Socket]> {
  const accepted = once(server, 'connection')
  const near = connect({ path, allowHalfOpen: true })
  const [far] = (await accepted) as [Socket]
  // Whoever takes a connection in the daemon listens for its errors; `close` follows.
  for (const socket of [near, far]) socket.on('error', () => {})
  return [near, far]
}

/** The client's two ends, and the container's two ends, with the bridge between the inner ones. */
async function joined(stdin: boolean, keys = new Uint8Array()) {
  const [client, clientInside] = await pair()
  const [monitorInside, monitor] = await pair()
  const ending = bridge(clientInside, monitorInside, stdin, keys)
  return { client, clientInside, monitor, ending }
}

/** Not by iteration, which destroys the socket at the end of what it reads. */
async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  await once(socket, 'end')
  return text
}

test('bytes go both ways, and a client that closes its side still gets all of the output', async () => {
  const { client, clientInside, monitor, ending } = await joined(true)
  const output = readAll(client)
  client.end('input')
  expect(await readAll(monitor)).toBe('input')
  monitor.end('output')
  expect(await ending).toBe('ended')
  clientInside.end()
  expect(await output).toBe('output')
})

test('without stdin what the client sends is thrown away', async () => {
  const { client, clientInside, monitor, ending } = await joined(false)
  client.write('x'.repeat(100_000))
  monitor.end('done')
  expect(await ending).toBe('ended')
  clientInside.end()
  expect(await readAll(client)).toBe('done')
})

test('a client that goes ends its part alone', async () => {
  const { client, monitor, ending } = await joined(true)
  monitor.resume()
  const closed = new Promise(resolve => monitor.once('close', resolve))
  client.destroy()
  monitor.write('nobody reads this')
  monitor.end()
  expect(await ending).toBe('ended')
  await closed
})

test('the detach keys end the session, and what comes before them arrives', async () => {
  const { client, monitor, ending } = await joined(true, Uint8Array.of(16, 17))
  client.write('ls\n\x10\x11')
  expect(await ending).toBe('detached')
  const got: string[] = []
  monitor.on('data', chunk => got.push(String(chunk)))
  await once(monitor, 'end')
  expect(got.join('')).toBe('ls\n')
  client.destroy()
})

test('keys that were held back arrive when the input ends', async () => {
  const { client, monitor, ending } = await joined(true, Uint8Array.of(16, 17))
  client.end('a\x10')
  expect(await readAll(monitor)).toBe('a\x10')
  monitor.end()
  expect(await ending).toBe('ended')
  client.destroy()
})
