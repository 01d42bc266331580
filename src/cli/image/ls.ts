import { listImages } from '../../client/images.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { atMost, defineCommand } from '../command.ts'
import { filterFlag, filtersQuery } from '../filters.ts'
import { FORMAT_HELP, formatRows } from '../format/list.ts'
import { notImplementedGroup } from '../not-implemented.ts'
import { imageRows, rowsOf } from './rows.ts'

const CREATED = '{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}'
const TABLE = `table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t${CREATED}\t{{.Size}}`
const DIGEST_TABLE = `table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t${CREATED}\t{{.Size}}`
const SUBCOMMANDS = 'history import inspect list load ls pull rm save tag'.split(' ')

export const command = defineCommand({
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  flags: {
    all: bool('Show all images (default hides intermediate images)', { short: 'a' }),
    digests: bool('Show digests'),
    filter: filterFlag('Filter output based on conditions provided'),
    format: text(FORMAT_HELP),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only show image IDs', { short: 'q' }),
  },
  operands: atMost(1),
  complete: 'images',
  async run({ flags, operands: [name], session, commandPath }) {
    const filters = name ? { ...flags.filter, reference: [...(flags.filter['reference'] ?? []), name] } : flags.filter
    const query = { all: flags.all ? 1 : undefined, filters: filtersQuery(filters) }
    const images = await listImages(await session.client(), query)
    const configured = flags.quiet ? '' : ((await session.config()).contents.imagesFormat ?? '')
    const format = imageFormat(flags.format || configured || 'table', flags.quiet, flags.digests)
    const asksForDigests = flags.digests || format.includes('{{.Digest}}')
    const rows = images.flatMap(image => rowsOf(image, flags.digests, asksForDigests))
    session.stdout.write(formatRows(imageRows(!flags['no-trunc']), format, rows))
    if (name && images.length === 0 && commandPath === 'berth images' && isSubcommand(name)) {
      session.tell(`\nNo images found matching ${JSON.stringify(name)}: did you mean "berth image ${name}"?`)
    }
    return 0
  },
})

const isSubcommand = (name: string): boolean =>
  SUBCOMMANDS.includes(name) || notImplementedGroup('image').includes(name)

function imageFormat(format: string, quiet: boolean, digests: boolean): string {
  if (format === 'table') return quiet ? '{{.ID}}' : digests ? DIGEST_TABLE : TABLE
  if (format === 'raw') return rawFormat(quiet, digests)
  return format.startsWith('table') && digests && !format.includes('{{.Digest}}') ? `${format}\t{{.Digest}}` : format
}

function rawFormat(quiet: boolean, digests: boolean): string {
  if (quiet) return 'image_id: {{.ID}}'
  const digest = digests ? 'digest: {{.Digest}}\n' : ''
  return `repository: {{ .Repository }}\ntag: {{.Tag}}\n${digest}image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n`
}
