import { listNetworks } from '../../client/system.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import type { NetworkResource } from '../../formats/engine-api/network.ts'
import type { Methods } from '../../formats/go-template/values.ts'
import { defineCommand, noOperands } from '../command.ts'
import { filterFlag, filtersQuery } from '../filters.ts'
import { labelText, naturally, truncateId } from '../format/fields.ts'
import { FORMAT_HELP, formatRows, type RowShape } from '../format/list.ts'

const TABLE = 'table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Provide filter values (e.g. "driver=bridge")'),
    format: text(FORMAT_HELP),
    'no-trunc': bool('Do not truncate the output'),
    quiet: bool('Only display network IDs', { short: 'q' }),
  },
  operands: noOperands,
  async run({ flags, session }) {
    const networks = await listNetworks(await session.client(), { filters: filtersQuery(flags.filter) })
    const configured = flags.quiet ? '' : ((await session.config()).contents.networksFormat ?? '')
    const format = flags.format || configured || 'table'
    const rows = networks.toSorted((left, right) => naturally(left.Name, right.Name))
    session.stdout.write(formatRows(networkRows(!flags['no-trunc']), networkFormat(format, flags.quiet), rows))
    return 0
  },
})

function networkFormat(format: string, quiet: boolean): string {
  if (format === 'table') return quiet ? '{{.ID}}' : TABLE
  if (format !== 'raw') return format
  return quiet
    ? 'network_id: {{.ID}}'
    : 'network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n'
}

const networkRows = (truncates: boolean): RowShape<NetworkResource> => ({
  typeName: '*network.networkContext',
  headers: {
    ID: 'NETWORK ID',
    Name: 'NAME',
    Driver: 'DRIVER',
    Scope: 'SCOPE',
    IPv4: 'IPV4',
    IPv6: 'IPV6',
    Internal: 'INTERNAL',
    Labels: 'LABELS',
    CreatedAt: 'CREATED AT',
  },
  fields: network => fieldsOf(network, truncates),
})

function fieldsOf(network: NetworkResource, truncates: boolean): Methods {
  return {
    ID: () => (truncates ? truncateId(network.Id) : network.Id),
    Name: () => network.Name,
    Driver: () => network.Driver,
    Scope: () => network.Scope,
    IPv4: () => String(network.EnableIPv4 ?? false),
    IPv6: () => String(network.EnableIPv6),
    Internal: () => String(network.Internal),
    Labels: () => labelText(network.Labels),
    Label: (name: string) => network.Labels?.[name] ?? '',
    CreatedAt: () => createdText(network.Created),
  }
}

/** Go's time.Time.String of the daemon's RFC 3339 text. */
function createdText(text: string): string {
  const match = /^([\d-]+)T([\d:]+(?:\.\d+)?)(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (!match) return text
  const zone = match[3] === 'Z' ? '+0000 UTC' : `${match[3]!.replace(':', '')} ${match[3]!.replace(':', '')}`
  return `${match[1]} ${match[2]} ${zone}`
}
