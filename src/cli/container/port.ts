import { inspectContainer } from '../../client/containers.ts'
import { between, defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { naturally } from '../format/fields.ts'
import { hostPort } from '../format/ports.ts'

export const command = defineCommand({
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  flags: {},
  operands: between(1, 2),
  complete: 'running',
  async run({ operands: [name = '', port], session }) {
    const { NetworkSettings } = await inspectContainer(await session.client(), name)
    const lines = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([inside, bindings]) =>
      (bindings ?? []).map(({ HostIp = '', HostPort = '' }) => ({ inside, outside: hostPort(HostIp, HostPort) })),
    )
    const shown = port
      ? mappingsOf(lines, port, name).map(({ outside }) => outside)
      : lines.map(({ inside, outside }) => `${inside} -> ${outside}`)
    for (const line of shown.toSorted(naturally)) session.print(line)
    return 0
  },
})

type Mapping = { inside: string; outside: string }

function mappingsOf(lines: Mapping[], asked: string, name: string): Mapping[] {
  const [port = '', protocol = 'tcp'] = asked.split('/', 2)
  if (!/^\d+$/.test(port)) {
    throw new CommandFailure(
      `Error: invalid port (${port}): strconv.ParseUint: parsing ${JSON.stringify(port)}: invalid syntax`,
    )
  }
  if (Number(port) > 65_535) {
    throw new CommandFailure(
      `Error: invalid port (${port}): strconv.ParseUint: parsing ${JSON.stringify(port)}: value out of range`,
    )
  }
  const found = lines.filter(({ inside }) => inside === `${port}/${protocol || 'tcp'}`)
  if (found.length === 0) throw new CommandFailure(`Error: No public port '${asked}' published for ${name}`)
  return found
}
