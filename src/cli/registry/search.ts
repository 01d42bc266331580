import { type FoundRepository, searchImages } from '../../client/images.ts'
import { bool, integer, text } from '../../formats/command-line/flag-types.ts'
import type { Methods } from '../../formats/go-template/values.ts'
import { defineCommand, exactly } from '../command.ts'
import { filterFlag, filtersQuery } from '../filters.ts'
import { formatRows, type RowShape } from '../format/list.ts'
import type { Session } from '../session.ts'
import { authHeader } from './credentials.ts'

const TABLE = 'table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}'
const MOST_DESCRIPTION = 45

export const command = defineCommand({
  usage: '[OPTIONS] TERM',
  flags: {
    filter: filterFlag('Filter output based on conditions provided'),
    format: text('Pretty-print search using a Go template'),
    limit: integer('Max number of search results'),
    'no-trunc': bool("Don't truncate output"),
  },
  operands: exactly(1),
  async run({ flags, operands: [term = ''], session }) {
    const query = { term, limit: flags.limit > 0 ? flags.limit : undefined, filters: filtersQuery(flags.filter) }
    const found = await searchImages(await session.client(), query, await authFor(session, term))
    const format = flags.format === '' || flags.format === 'table' ? TABLE : flags.format
    const rows = found.toSorted((a, b) => b.star_count - a.star_count)
    session.stdout.write(formatRows(shape(!flags['no-trunc']), format, rows))
    return 0
  },
})

/** What precedes the first slash is a registry if it looks like a host. */
function authFor(session: Session, term: string): Promise<string> {
  const first = term.includes('/') ? term.slice(0, term.indexOf('/')) : ''
  return authHeader(session, first === 'localhost' || /[.:]/.test(first) ? first : 'docker.io')
}

const shape = (truncates: boolean): RowShape<FoundRepository> => ({
  typeName: '*formatter.searchContext',
  headers: {
    Name: 'NAME',
    Description: 'DESCRIPTION',
    StarCount: 'STARS',
    IsOfficial: 'OFFICIAL',
    IsAutomated: 'AUTOMATED',
  },
  fields: row => fieldsOf(row, truncates),
})

function fieldsOf(
  { name, description, star_count, is_official, is_automated }: FoundRepository,
  truncates: boolean,
): Methods {
  const line = description.replace(/[\r\n]/g, ' ')
  const isLong = truncates && line.length > MOST_DESCRIPTION
  return {
    Name: () => name,
    Description: () => (isLong ? `${line.slice(0, MOST_DESCRIPTION - 1)}…` : line),
    StarCount: () => String(star_count),
    IsOfficial: () => (is_official ? '[OK]' : ''),
    IsAutomated: () => (is_automated ? '[OK]' : ''),
  }
}
