import { appendFileSync } from 'node:fs'

/**
 * A program for tests: `serve PORT [FILE]` sends every datagram back, and notes its text in the file; `ask HOST PORT TEXT
 * [FROM]` prints what comes back within a second.
 */
const [verb = '', first = '', second = '', text = '', from = ''] = process.argv.slice(2)

if (verb === 'serve') {
  await Bun.udpSocket({
    port: Number(first),
    hostname: '0.0.0.0',
    socket: {
      data: (socket, data, port, address) => {
        if (second) appendFileSync(second, `${data.toString()}\n`)
        socket.send(data, port, address)
      },
    },
  })
} else {
  const heard = Promise.withResolvers<string>()
  const socket = await Bun.udpSocket({
    hostname: from || (first.includes(':') ? '::' : '0.0.0.0'),
    socket: { data: (_socket, data, _port, address) => heard.resolve(`${data.toString()} from ${address}`) },
  })
  socket.send(text, Number(second), first)
  process.stdout.write(await Promise.race([heard.promise, Bun.sleep(1000).then(() => '')]))
  process.exit(0)
}
