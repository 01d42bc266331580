import { formatBytes } from '../../base/units.ts'
import { listVolumes, type Volume } from '../../client/system.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import type { Methods } from '../../formats/go-template/values.ts'
import { defineCommand, noOperands } from '../command.ts'
import { filterFlag, filtersQuery } from '../filters.ts'
import { labelText, naturally } from '../format/fields.ts'
import { FORMAT_HELP, formatRows, type RowShape } from '../format/list.ts'

const TABLE = 'table {{.Driver}}\t{{.Name}}'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Provide filter values (e.g. "dangling=true")'),
    format: text(FORMAT_HELP),
    quiet: bool('Only display volume names', { short: 'q' }),
  },
  operands: noOperands,
  async run({ flags, session }) {
    const { Volumes } = await listVolumes(await session.client(), { filters: filtersQuery(flags.filter) })
    const configured = flags.quiet ? '' : ((await session.config()).contents.volumesFormat ?? '')
    const format = flags.format || configured || 'table'
    const rows = (Volumes ?? []).toSorted((left, right) => naturally(left.Name, right.Name))
    session.stdout.write(formatRows(volumeRows, volumeFormat(format, flags.quiet), rows))
    return 0
  },
})

function volumeFormat(format: string, quiet: boolean): string {
  if (format === 'table') return quiet ? '{{.Name}}' : TABLE
  if (format === 'raw') return quiet ? 'name: {{.Name}}' : 'name: {{.Name}}\ndriver: {{.Driver}}\n'
  return format
}

export const volumeRows: RowShape<Volume> = {
  typeName: '*formatter.volumeContext',
  headers: {
    ID: 'ID',
    Name: 'VOLUME NAME',
    Group: 'GROUP',
    Driver: 'DRIVER',
    Scope: 'SCOPE',
    Availability: 'AVAILABILITY',
    Mountpoint: 'MOUNTPOINT',
    Labels: 'LABELS',
    Links: 'LINKS',
    Size: 'SIZE',
    Status: 'STATUS',
  },
  fields: fieldsOf,
}

function fieldsOf(volume: Volume): Methods {
  return {
    Name: () => volume.Name,
    Driver: () => volume.Driver,
    Scope: () => volume.Scope,
    Mountpoint: () => volume.Mountpoint,
    Labels: () => labelText(volume.Labels),
    Label: (name: string) => volume.Labels?.[name] ?? '',
    Links: () => (volume.UsageData ? String(volume.UsageData.RefCount) : 'N/A'),
    Size: () => (volume.UsageData ? formatBytes(volume.UsageData.Size, 4) : 'N/A'),
    Group: () => 'N/A',
    Availability: () => 'N/A',
    Status: () => 'N/A',
  }
}
