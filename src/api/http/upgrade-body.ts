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

function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      socket.pause()
      stop()
      resolve(chunk)
    }
    const onEnd = () => {
      stop()
      reject(httpFaults.BODY_CUT())
    }
    const stop = () => {
      socket.off('data', onData)
      socket.off('end', onEnd)
      socket.off('close', onEnd)
    }
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('close', onEnd)
  })
}
