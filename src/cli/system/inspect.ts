import type { Client } from '../../client/client.ts'
import { readText } from '../../client/client.ts'
import { inspectContainerRaw } from '../../client/containers.ts'
import { DaemonFault } from '../../client/faults.ts'
import { inspectImage } from '../../client/images.ts'
import { inspectNetwork, inspectVolume } from '../../client/system.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { parseImageName } from '../../formats/reference/reference.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { type Inspected, inspectAll } from '../format/inspect.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'

const TYPES = 'config container image network node plugin secret service task volume'.split(' ')

type Kind = { type: string; shape: string; fetch: (client: Client, name: string, size: boolean) => Promise<string> }

/** In the order in which a name is looked for. */
const KINDS: Kind[] = [
  {
    type: 'container',
    shape: 'container.InspectResponse',
    fetch: async (client, name, size) => readText(await inspectContainerRaw(client, name, size)),
  },
  {
    type: 'image',
    shape: 'image.InspectResponse',
    fetch: async (client, name) => {
      parseImageName(name)
      return readText(await inspectImage(client, name))
    },
  },
  {
    type: 'network',
    shape: 'network.Inspect',
    fetch: async (client, name) => readText(await inspectNetwork(client, name, {})),
  },
  {
    type: 'volume',
    shape: 'volume.Volume',
    fetch: async (client, name) => readText(await inspectVolume(client, name)),
  },
]

export const command = defineCommand({
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  flags: {
    format: text(INSPECT_FORMAT_HELP, { short: 'f' }),
    size: bool('Display total file sizes if the type is container', { short: 's' }),
    type: text('Only inspect objects of the given type', { complete: TYPES }),
  },
  operands: atLeast(1),
  complete: 'containers',
  async run({ flags, given, operands, session }) {
    const choices = `must be one of "${TYPES.join('", "')}"`
    if (given('type') && flags.type === '') throw new CommandFailure(`type is empty: ${choices}`)
    if (flags.type !== '' && !TYPES.includes(flags.type)) {
      throw new CommandFailure(`unknown type: ${JSON.stringify(flags.type)}: ${choices}`)
    }
    const kinds = KINDS.filter(({ type }) => flags.type === '' || flags.type === type)
    if (kinds.length === 0) throw new CommandFailure(`berth: inspecting a ${flags.type} is not implemented yet`)
    const client = await session.client()
    return inspectAll(session, operands, flags.format, name => find(client, name, kinds, flags.size, flags.type === ''))
  },
})

async function find(client: Client, name: string, kinds: Kind[], size: boolean, isGuess: boolean): Promise<Inspected> {
  for (const { shape, fetch } of kinds) {
    try {
      return { raw: (await fetch(client, name, size)).trim(), shape }
    } catch (failure) {
      if (!isGuess || !isSkippable(failure)) throw failure
    }
  }
  throw new CommandFailure(`Error: No such object: ${name}`)
}

const isSkippable = (failure: unknown): boolean =>
  (failure instanceof DaemonFault && (failure.status === 404 || failure.status === 501)) ||
  /not supported|invalid reference format/.test(messageOf(failure))
