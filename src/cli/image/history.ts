import { formatBytes } from '../../base/units.ts'
import { imageHistory } from '../../client/images.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import type { ImageHistoryItem } from '../../formats/engine-api/image.ts'
import type { Methods } from '../../formats/go-template/values.ts'
import { defineCommand, exactly } from '../command.ts'
import { agoFromSeconds, offset, truncateId } from '../format/fields.ts'
import { FORMAT_HELP, formatRows, type RowShape } from '../format/list.ts'
import { ellipsis } from '../format/table.ts'
import { platformJson } from './platforms.ts'

const HUMAN = 'table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}'
const EXACT = 'table {{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}'
/** Creation times before 2000 are those of reproducible builds: not worth a "54 years ago". */
const EPOCH_SECONDS = 946_684_800

export const command = defineCommand({
  usage: '[OPTIONS] IMAGE',
  flags: {
    format: text(FORMAT_HELP),
    human: bool('Print sizes and dates in human readable format', { short: 'H', default: true }),
    'no-trunc': bool("Don't truncate output"),
    platform: text('Show history for the given platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")', {
      complete: 'platforms',
    }),
    quiet: bool('Only show image IDs', { short: 'q' }),
  },
  operands: exactly(1),
  complete: 'images',
  async run({ flags, operands: [name = ''], session }) {
    const client = await session.client()
    if (flags.platform) await client.require('1.48', 'platform')
    const query = { platform: flags.platform ? platformJson(flags.platform) : undefined }
    const rows = await imageHistory(client, name, query)
    const table = flags.quiet ? '{{.ID}}' : flags.human ? HUMAN : EXACT
    const format = flags.format === '' || flags.format === 'table' ? table : flags.format
    session.stdout.write(formatRows(historyRows(!flags['no-trunc'], flags.human), format, rows))
    return 0
  },
})

const historyRows = (truncates: boolean, isHuman: boolean): RowShape<ImageHistoryItem> => ({
  typeName: '*image.historyContext',
  headers: {
    ID: 'IMAGE',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    CreatedBy: 'CREATED BY',
    Size: 'SIZE',
    Comment: 'COMMENT',
  },
  fields: row => fieldsOf(row, truncates, isHuman),
})

function fieldsOf(row: ImageHistoryItem, truncates: boolean, isHuman: boolean): Methods {
  const createdBy = row.CreatedBy.replaceAll('\t', ' ')
  const since = row.Created <= EPOCH_SECONDS ? 'N/A' : agoFromSeconds(row.Created)
  return {
    ID: () => (truncates ? truncateId(row.Id) : row.Id),
    CreatedAt: () => localTime(row.Created),
    CreatedSince: () => (isHuman ? since : localTime(row.Created)),
    CreatedBy: () => (truncates ? ellipsis(createdBy, 45) : createdBy),
    Size: () => (isHuman ? formatBytes(row.Size) : String(row.Size)),
    Comment: () => row.Comment,
  }
}

/** RFC 3339 in the local zone. */
function localTime(seconds: number): string {
  const time = new Date(seconds * 1000)
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
  return shifted + (time.getTimezoneOffset() === 0 ? 'Z' : offset(time, ':'))
}
