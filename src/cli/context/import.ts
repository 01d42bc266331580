import { defineCommand, exactly } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { readFileStream } from '../image/files.ts'
import { readInput } from '../terminal.ts'
import { unpackContext } from './archive.ts'
import { checkContextName } from './names.ts'
import { openStore } from './open-store.ts'

export const command = defineCommand({
  usage: 'CONTEXT FILE|-',
  flags: {},
  operands: exactly(2),
  complete: 'files',
  async run({ operands: [name = '', path = ''], session }) {
    const store = openStore(session)
    checkContextName(name)
    if (store.has(name)) throw new CommandFailure(`context "${name}" already exists`)
    const { meta, tls } = await unpackContext(path === '-' ? readInput() : readFileStream(path))
    store.write({ ...meta, Name: name }, tls)
    session.print(name)
    session.tell(`Successfully imported context "${name}"`)
    return 0
  },
})
