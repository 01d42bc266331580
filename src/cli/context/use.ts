import { defineCommand, exactly } from '../command.ts'
import { writeConfigFile } from '../config/config-file.ts'
import { DEFAULT_CONTEXT } from '../config/context-store.ts'
import { openStore } from './open-store.ts'
import { warnAboutHost } from './warn-about-host.ts'

export const command = defineCommand({
  usage: 'CONTEXT',
  flags: {},
  operands: exactly(1),
  complete: 'contexts',
  async run({ operands: [name = ''], session }) {
    if (name !== DEFAULT_CONTEXT) openStore(session).read(name)
    const file = await session.config()
    const chosen = name === DEFAULT_CONTEXT ? undefined : name
    if (file.contents.currentContext !== chosen) {
      file.contents.currentContext = chosen
      writeConfigFile(file)
    }
    session.print(name)
    session.tell(`Current context is now "${name}"`)
    if (chosen) warnAboutHost(session, name)
    return 0
  },
})
