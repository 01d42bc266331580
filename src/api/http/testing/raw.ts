import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Listener, listenOnUnix } from '../listen.ts'
import type { Operation } from '../operation.ts'
import { createApi, type ServerKind } from '../server.ts'

export const COMMON = { 'Api-Version': '1.55', Ostype: 'linux', Server: 'Berth/test (linux)' }

/** A server of these operations on a socket of its own. */
export async function testServer(operations: Operation[], kind: ServerKind = { kind: 'unix' }) {
  const directory = mkdtempSync(join(tmpdir(), 'berth-http-'))
  const path = join(directory, 'api.sock')
  const server = createApi(operations, COMMON).createServer(kind)
  const listener: Listener = await listenOnUnix(server, path, 0)
  return {
    path,
    listener,
    connect: () => rawConnection(path),
    /** Sends bytes, and gives all that comes until the server ends, or is silent for a while. */
    send: async (text: string | Buffer) => {
      await using connection = rawConnection(path)
      connection.socket.write(text)
      return await connection.untilQuiet()
    },
    [Symbol.asyncDispose]: async () => {
      await listener.close(0)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** A client that knows nothing of HTTP. */
export function rawConnection(path: string) {
  const socket: Socket = createConnection({ path, allowHalfOpen: true })
  let text = ''
  let ended = false
  const waiting = new Set<() => void>()
  const changed = () => {
    for (const check of waiting) check()
  }
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    changed()
  })
  const end = () => {
    ended = true
    changed()
  }
  socket.on('end', end)
  socket.on('close', end)
  socket.on('error', end)
  const until = (condition: () => boolean, name: string, ms = 4000) =>
    new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => finish(reject, new Error(`${name}; so far: ${JSON.stringify(text)}`)), ms)
      const check = () => condition() && finish(resolve, text)
      const finish = <T>(settle: (value: T) => void, value: T) => {
        clearTimeout(timer)
        waiting.delete(check)
        settle(value)
      }
      waiting.add(check)
      check()
    })
  return {
    socket,
    text: () => text,
    untilEnd: () => until(() => ended, 'the server did not end the connection'),
    untilText: (wanted: string) => until(() => text.includes(wanted), `${JSON.stringify(wanted)} did not come`),
    /** The server's end, or its first whole answer. */
    untilQuiet: () => until(() => ended || isWhole(text), 'no whole answer'),
    [Symbol.asyncDispose]: async () => {
      socket.destroy()
    },
  }
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /^content-length: (\d+)$/im.exec(text.slice(0, head))?.[1]
  if (length !== undefined) return text.length >= head + 4 + Number(length)
  return /^transfer-encoding: chunked/im.test(text) ? text.endsWith('0\r\n\r\n') : /^HTTP\/1.1 (204|304)/.test(text)
}
