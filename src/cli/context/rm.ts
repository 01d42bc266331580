import { bool } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { writeConfigFile } from '../config/config-file.ts'
import { currentContext } from '../config/connect.ts'
import { type ContextStore, DEFAULT_CONTEXT } from '../config/context-store.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'
import { openStore } from './open-store.ts'

export const command = defineCommand({
  usage: 'CONTEXT [CONTEXT...]',
  flags: { force: bool('Force the removal of a context in use', { short: 'f' }) },
  operands: atLeast(1),
  complete: 'contexts',
  async run({ flags, operands, session }) {
    const store = openStore(session)
    const current = await currentContext(session)
    const failures: string[] = []
    for (const name of operands) {
      try {
        await remove(session, store, { name, isCurrent: name === current, force: flags.force })
        session.print(name)
      } catch (failure) {
        failures.push(messageOf(failure))
      }
    }
    if (failures.length > 0) throw new CommandFailure(failures.join('\n'))
    return 0
  },
})

type Removal = { name: string; isCurrent: boolean; force: boolean }

async function remove(session: Session, store: ContextStore, { name, isCurrent, force }: Removal): Promise<void> {
  if (name === DEFAULT_CONTEXT) throw new CommandFailure('context "default" cannot be removed')
  if (isCurrent && !force) throw new CommandFailure(`context "${name}" is in use, set -f flag to force remove`)
  if (!force && !store.has(name)) throw new CommandFailure(`context "${name}" does not exist`)
  const file = await session.config()
  if (file.contents.currentContext === name) {
    file.contents.currentContext = undefined
    writeConfigFile(file)
  }
  store.remove(name)
}
