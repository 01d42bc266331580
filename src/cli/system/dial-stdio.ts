import { Connection } from '../../client/socket.ts'
import { defineCommand, noOperands } from '../command.ts'
import { readInput } from '../terminal.ts'

/** What `ssh://` hosts run on the far side: standard input and output become a connection to the daemon of that machine. */
export const command = defineCommand({
  usage: '',
  flags: {},
  operands: noOperands,
  async run({ session }) {
    const connection = await Connection.open((await session.client()).endpoint)
    const inwards = (async () => {
      for await (const bytes of readInput()) await connection.write(bytes)
      connection.endWrite()
    })()
    // What cannot be sent any more shows in what comes back.
    inwards.catch(() => {})
    for (let bytes = await connection.read(); bytes; bytes = await connection.read()) {
      session.stdout.write(bytes)
      await session.stdout.flush()
    }
    return 0
  },
})
