import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Duplex } from 'node:stream'
import { FrameParser, frameHeader, OPCODES, WebSocketError } from '../../formats/websocket/frames.ts'
import { httpFaults } from './faults.ts'

/** RFC 6455, 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const NORMAL = 1000
const GOING_AWAY = 1001

/** The answer to a client that wants to speak WebSocket. Throws the 400 fault for one that does not. */
export function webSocketHandshake(headers: IncomingHttpHeaders): string[] {
  const key = headers['sec-websocket-key']
  const asks = headers.upgrade?.toLowerCase() === 'websocket' && headers['sec-websocket-version'] === '13'
  if (!asks || !key || !/^[A-Za-z0-9+/]{22}==$/.test(key)) throw httpFaults.NO_WEBSOCKET()
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
  ]
}

/** The content of a WebSocket as a stream: what is written goes out in binary frames, what comes in any frames is read. */
export class WebSocketStream extends Duplex {
  readonly #connection: Duplex
  #isClosing = false

  constructor(connection: Duplex) {
    super()
    this.#connection = connection
    const parser = new FrameParser({
      data: bytes => {
        if (!this.push(bytes)) connection.pause()
      },
      control: (opcode, payload) => this.#control(opcode, payload),
    })
    connection.on('data', (chunk: Buffer) => this.#take(parser, chunk))
    connection.once('end', () => this.push(null))
    connection.once('close', () => this.destroy())
  }

  override _read(): void {
    this.#connection.resume()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (failure?: Error | null) => void): void {
    if (this.#isClosing || this.#connection.destroyed) done()
    else {
      this.#connection.write(frameHeader(OPCODES.binary, chunk.length))
      this.#connection.write(chunk, failure => done(failure))
    }
  }

  override _final(done: () => void): void {
    this.#close(NORMAL)
    done()
  }

  override _destroy(_: Error | null, done: (failure?: Error | null) => void): void {
    this.#close(GOING_AWAY)
    done()
  }

  #take(parser: FrameParser, chunk: Buffer): void {
    try {
      parser.push(chunk)
    } catch (failure) {
      this.#close(failure instanceof WebSocketError ? failure.code : GOING_AWAY)
      this.destroy()
    }
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === OPCODES.ping) this.#send(OPCODES.pong, payload)
    if (opcode !== OPCODES.close) return
    this.#close(NORMAL)
    this.push(null)
    this.destroy()
  }

  #close(code: number): void {
    if (this.#isClosing) return
    this.#send(OPCODES.close, Buffer.from([code >> 8, code & 0xff]))
    this.#isClosing = true
  }

  #send(opcode: number, payload: Buffer): void {
    if (this.#isClosing || !this.#connection.writable) return
    this.#connection.write(Buffer.concat([frameHeader(opcode, payload.length), payload]))
  }
}
