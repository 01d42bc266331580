import type { Socket } from 'node:net'
import { logger } from '../../base/log.ts'
import type { Answer } from './operation.ts'
import type { CommonHeaders } from './respond.ts'

const log = logger('api')
const taken = new WeakSet<Socket>()

/** True from the moment an operation owns the connection: the HTTP server has no say in it any more. */
export const isHijacked = (socket: Socket): boolean => taken.has(socket)

export type HijackAnswer = Extract<Answer, { kind: 'hijack' }>

/**
 * Hands the raw connection to the operation. With `Upgrade: tcp` the answer is 101 and bytes flow both ways at once; without
 * it, as first versions of the API had it, 200 and the output until the connection ends. Source: moby, container attach.
 */
export async function hijack(
  socket: Socket,
  common: CommonHeaders,
  answer: HijackAnswer,
  upgrade: string | undefined,
): Promise<void> {
  taken.add(socket)
  socket.setTimeout(0)
  socket.setNoDelay(true)
  // An error of the connection (reset, broken pipe) also ends it: `close` follows, and `run` sees that.
  socket.on('error', failure => log.debug('hijacked connection failed', { error: failure }))
  socket.write(headOf(common, answer, upgrade))
  try {
    await answer.run(socket)
  } catch (failure) {
    log.error('a hijacked connection broke off', { error: failure })
  } finally {
    // `end` and not `destroy`: what is written is still delivered. A client that never closes its side is let go.
    if (!socket.writableEnded) socket.end()
    lingerThenDestroy(socket)
  }
}

const LINGER_MS = 10_000

/** Half-open connections would otherwise stay for as long as the client likes. */
function lingerThenDestroy(socket: Socket): void {
  if (socket.destroyed) return
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}

function headOf(common: CommonHeaders, { contentType, handshake }: HijackAnswer, upgrade: string | undefined): string {
  const first =
    handshake ??
    (upgrade === undefined
      ? ['HTTP/1.1 200 OK', `Content-Type: ${contentType}`]
      : ['HTTP/1.1 101 UPGRADED', `Content-Type: ${contentType}`, 'Connection: Upgrade', `Upgrade: ${upgrade}`])
  const rest = Object.entries(common).map(([name, value]) => `${name}: ${value}`)
  return `${[...first, ...rest].join('\r\n')}\r\n\r\n`
}
