/**
 * `bun ask.ts PORT udp|tcp HEX…`: sends each message to 127.0.0.11, from the namespace that it is started in, and prints for each the
 * answer in hex, `-` for none within half a second.
 */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'

const PATIENCE_MS = 500
const HOST = '127.0.0.11'
const [port = '', protocol = '', ...messages] = process.argv.slice(2)

function byUdp(message: Buffer): Promise<string> {
  const socket = createSocket('udp4')
  return new Promise<string>(resolve => {
    socket.on('message', answer => resolve(answer.toString('hex')))
    socket.on('error', () => resolve('-'))
    socket.send(message, Number(port), HOST)
    setTimeout(() => resolve('-'), PATIENCE_MS)
  }).finally(() => socket.close())
}

function byTcp(message: Buffer): Promise<string> {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  let said = Buffer.alloc(0)
  const socket = connect(Number(port), HOST, () => socket.write(Buffer.concat([length, message])))
  return new Promise<string>(resolve => {
    socket.on('data', data => {
      said = Buffer.concat([said, data as Buffer])
      if (said.length >= 2 && said.length >= said.readUInt16BE(0) + 2) resolve(said.subarray(2).toString('hex'))
    })
    socket.on('error', () => resolve('-'))
    setTimeout(() => resolve('-'), PATIENCE_MS)
  }).finally(() => socket.destroy())
}

const ask = protocol === 'tcp' ? byTcp : byUdp
const answers = await Promise.all(messages.map(message => ask(Buffer.from(message === '-' ? '' : message, 'hex'))))
process.stdout.write(`${answers.join('\n')}\n`)
process.exit(0)
