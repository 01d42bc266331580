import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { httpFaults } from './faults.ts'
import { bodyLength } from './request.ts'

/**
 * The body of a request that also asks to upgrade. The HTTP server gives it through the request stream; on connections that
 * were accepted elsewhere (socket activation) its parser stops at the head, and the body is the first bytes of `head` and of
 * the socket. What is beyond it belongs to the upgraded connection and is put back.
 */
export async function upgradeBody(message: IncomingMessage, socket: Socket, head: Buffer): Promise<Readable> {
  if (head.length === 0) return message
  const length = bodyLength(message.headers)
  if (length === undefined) throw httpFaults.UPGRADE_BODY()
  let bytes = head
  while (bytes.length < length) bytes = Buffer.concat([bytes, await nextChunk(socket)])
  if (bytes.length > length) socket.unshift(bytes.subarray(length))
  return Readable.from(length === 0 ? [] : [bytes.subarray(0, length)])
}

/** By `readable` and `read`: a stream that was once paused by hand stays so for whoever listens to its data later. */
function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onReadable = () => {
      const chunk: Buffer | null = socket.read()
      if (chunk) settle(() => resolve(chunk))
    }
    const onEnd = () => settle(() => reject(httpFaults.BODY_CUT()))
    const settle = (done: () => void) => {
      socket.off('readable', onReadable)
      socket.off('end', onEnd)
      socket.off('close', onEnd)
      done()
    }
    socket.on('readable', onReadable)
    socket.on('end', onEnd)
    socket.on('close', onEnd)
  })
}
