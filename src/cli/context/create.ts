import { keyValues, text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'
import { type ContextMeta, type ContextStore, DEFAULT_CONTEXT, type TlsFiles } from '../config/context-store.ts'
import { CommandFailure } from '../failures.ts'
import type { Session } from '../session.ts'
import { currentMeta } from './current.ts'
import { endpointHelp, readEndpoint } from './endpoint-options.ts'
import { checkContextName } from './names.ts'
import { openStore } from './open-store.ts'

type Made = { meta: ContextMeta; tls: TlsFiles }

export const command = defineCommand({
  usage: '[OPTIONS] CONTEXT',
  long: endpointHelp('create', 'Create a context'),
  flags: {
    description: text('Description of the context'),
    docker: keyValues('set the docker endpoint'),
    from: text('create context from a named context', { complete: 'contexts' }),
  },
  operands: exactly(1),
  async run({ flags, given, operands: [name = ''], session }) {
    const store = openStore(session)
    checkContextName(name)
    if (store.has(name)) throw new CommandFailure(`context "${name}" already exists`)
    const { meta, tls } = given('docker')
      ? described(name, store, flags.docker)
      : await copied(session, store, flags.from || undefined)
    if (given('description')) meta.Metadata = { ...meta.Metadata, Description: flags.description }
    store.write({ ...meta, Name: name }, tls)
    session.print(name)
    session.tell(`Successfully created context "${name}"`)
    return 0
  },
})

function described(name: string, store: ContextStore, given: Record<string, string>): Made {
  const { endpoint, files } = readEndpoint(store, given)
  const tls: TlsFiles = Object.keys(files).length > 0 ? { docker: files } : {}
  return { meta: { Name: name, Metadata: {}, Endpoints: { docker: endpoint } }, tls }
}

/** Without `--docker` it is a copy of the context named, or of the one in use. */
async function copied(session: Session, store: ContextStore, from: string | undefined): Promise<Made> {
  const meta = from && from !== DEFAULT_CONTEXT ? store.read(from) : await currentMeta(session, store, from)
  return { meta, tls: meta.Name === DEFAULT_CONTEXT ? {} : store.tls(meta.Name) }
}
