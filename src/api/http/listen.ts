import { chownSync, mkdirSync } from 'node:fs'
import { lstat, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { defineFaults } from '../../base/faults.ts'
import { LIMITS } from './server.ts'

export const listenFaults = defineFaults('LISTEN', {
  IN_USE: {
    kind: 'conflict',
    message: (path: string) => `another process listens on ${path}`,
    hint: 'stop it, or choose another address with --host',
  },
  NOT_A_SOCKET: { kind: 'conflict', message: (path: string) => `${path} exists and is no socket` },
  FAILED: { kind: 'unavailable', message: (address: string, why: string) => `cannot listen on ${address}: ${why}` },
})

/** Where a server waits for its clients. */
export type Listener = {
  address: string
  /** Takes no new connection, lets those that are answered finish, then ends the rest. */
  close: (graceMs: number) => Promise<void>
}

/** Readable and writable for root and the group from its first moment: made with that mode, never changed afterwards. */
export async function listenOnUnix(server: Server, path: string, groupId: number): Promise<Listener> {
  await removeStaleSocket(path)
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  const before = process.umask(0o117)
  let listening: Promise<void>
  try {
    listening = started(server, `unix://${path}`, () => server.listen(path))
  } finally {
    process.umask(before)
  }
  await listening
  if (groupId !== 0) chownSync(path, 0, groupId)
  return listener(`unix://${path}`, server, server)
}

export async function listenOnTcp(server: Server, host: string, port: number): Promise<Listener> {
  await started(server, `tcp://${host}:${port}`, () => server.listen(port, host))
  return listener(`tcp://${host}:${port}`, server, server)
}

/** A socket that systemd opened before us: connections that wait in its queue are served too. The path and its mode are systemd's. */
export async function listenOnDescriptor(server: Server, descriptor: number): Promise<Listener> {
  const acceptor = createServer({ allowHalfOpen: true }, socket => server.emit('connection', socket))
  acceptor.maxConnections = LIMITS.connections
  await started(acceptor, `fd://${descriptor}`, () => acceptor.listen({ fd: descriptor }))
  return listener(`fd://${descriptor}`, server, acceptor)
}

function started(server: NetServer, address: string, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) => reject(listenFaults.FAILED(address, cause.message, { cause }))
    server.once('error', onError)
    server.once('listening', () => {
      server.off('error', onError)
      resolve()
    })
    listen()
  })
}

function listener(address: string, http: Server, acceptor: NetServer): Listener {
  const open = new Set<Socket>()
  acceptor.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return { address, close: graceMs => close(http, acceptor, open, graceMs) }
}

async function close(http: Server, acceptor: NetServer, open: Set<Socket>, graceMs: number): Promise<void> {
  const closed = new Promise<void>(resolve => acceptor.close(() => resolve()))
  http.closeIdleConnections()
  const timer = setTimeout(() => {
    for (const socket of open) socket.destroy()
    http.closeAllConnections()
  }, graceMs)
  // Bun calls back of `close` only when the last connection has gone; a hijacked one may never tell.
  const late = new Promise<void>(resolve => setTimeout(resolve, graceMs + 200).unref())
  await Promise.race([closed, late])
  clearTimeout(timer)
}

/** A socket file that nobody answers on is what a killed daemon left behind. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return
  if (!found.isSocket()) throw listenFaults.NOT_A_SOCKET(path)
  if (await answers(path)) throw listenFaults.IN_USE(path)
  await unlink(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}
