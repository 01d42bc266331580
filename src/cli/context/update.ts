import { keyValues, text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'
import { endpointHelp, readEndpoint } from './endpoint-options.ts'
import { checkContextName } from './names.ts'
import { openStore } from './open-store.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTEXT',
  long: endpointHelp('update', 'Update a context'),
  flags: {
    description: text('Description of the context'),
    docker: keyValues('set the docker endpoint'),
  },
  operands: exactly(1),
  complete: 'contexts',
  async run({ flags, given, operands: [name = ''], session }) {
    const store = openStore(session)
    checkContextName(name)
    const meta = store.read(name)
    const tls = store.tls(name)
    if (flags.description !== '') meta.Metadata = { ...meta.Metadata, Description: flags.description }
    if (given('docker')) {
      const { endpoint, files } = readEndpoint(store, flags.docker)
      meta.Endpoints = { ...meta.Endpoints, docker: endpoint }
      tls['docker'] = files
    }
    store.write(meta, tls)
    session.print(name)
    session.tell(`Successfully updated context "${name}"`)
    return 0
  },
})
