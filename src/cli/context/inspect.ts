import { text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { currentContext } from '../config/connect.ts'
import { type ContextStore, DEFAULT_CONTEXT } from '../config/context-store.ts'
import { inspectAll } from '../format/inspect.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'
import type { Session } from '../session.ts'
import { defaultMeta } from './current.ts'
import { openStore } from './open-store.ts'

export const command = defineCommand({
  usage: '[OPTIONS] [CONTEXT] [CONTEXT...]',
  flags: { format: text(INSPECT_FORMAT_HELP, { short: 'f' }) },
  operands: atLeast(0),
  complete: 'contexts',
  async run({ flags, operands, session }) {
    const store = openStore(session)
    const names = operands.length > 0 ? operands : [await currentContext(session)]
    return inspectAll(session, names, flags.format, async name => ({ raw: goJson(describe(session, store, name)) }))
  },
})

function describe(session: Session, store: ContextStore, name: string): object {
  if (name === DEFAULT_CONTEXT)
    return {
      ...defaultMeta(session),
      TLSMaterial: {},
      Storage: { MetadataPath: '<IN MEMORY>', TLSPath: '<IN MEMORY>' },
    }
  return {
    ...store.read(name),
    TLSMaterial: store.tlsNames(name),
    Storage: { MetadataPath: store.metaDirectory(name), TLSPath: store.tlsDirectory(name) },
  }
}

/** Go's JSON escapes what HTML would read. */
const goJson = (value: object): string =>
  JSON.stringify(value).replace(/[<>&]/g, sign => `\\u00${sign.charCodeAt(0).toString(16)}`)
