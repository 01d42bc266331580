import { bool, text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, noOperands } from '../command.ts'
import { currentContext } from '../config/connect.ts'
import type { ContextMeta } from '../config/context-store.ts'
import { messageOf } from '../failures.ts'
import { naturally } from '../format/fields.ts'
import { FORMAT_HELP, formatRows, type RowShape } from '../format/list.ts'
import type { Session } from '../session.ts'
import { defaultMeta } from './current.ts'
import { openStore } from './open-store.ts'
import { warnAboutHost } from './warn-about-host.ts'

const TABLE = 'table {{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}'
const MOST_ERROR = 45
const DESCRIPTION = 'Current DOCKER_HOST based configuration'

type Row = { name: string; isCurrent: boolean; description: string; host: string; error: string }

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: { format: text(FORMAT_HELP), quiet: bool('Only show context names', { short: 'q' }) },
  operands: noOperands,
  async run({ flags, session }) {
    const current = await currentContext(session)
    const format = flags.quiet ? '{{.Name}}' : flags.format === '' || flags.format === 'table' ? TABLE : flags.format
    session.stdout.write(formatRows(shape(format === TABLE), format, rowsOf(session, current)))
    if (!flags.quiet) warnAboutHost(session)
    return 0
  },
})

function rowsOf(session: Session, current: string): Row[] {
  const store = openStore(session)
  const known = store.list().map(meta => rowOf(meta, current))
  const standard = { ...rowOf(defaultMeta(session), current), description: DESCRIPTION }
  const all = [standard, ...known]
  if (!all.some(({ isCurrent }) => isCurrent)) all.push(missing(current, () => store.read(current)))
  return all.toSorted((left, right) => naturally(left.name, right.name))
}

const rowOf = ({ Name, Metadata, Endpoints }: ContextMeta, current: string): Row => ({
  name: Name,
  isCurrent: Name === current,
  description: Metadata.Description ?? '',
  host: Endpoints['docker']?.Host ?? '',
  error: '',
})

/** The one in use is told though it is not there. */
function missing(name: string, read: () => unknown): Row {
  const row = { name, isCurrent: true, description: '', host: '' }
  try {
    read()
    return { ...row, error: '' }
  } catch (failure) {
    return { ...row, error: messageOf(failure) }
  }
}

const shape = (shortens: boolean): RowShape<Row> => ({
  typeName: '*formatter.clientContextContext',
  headers: { Name: 'NAME', Description: 'DESCRIPTION', DockerEndpoint: 'DOCKER ENDPOINT', Error: 'ERROR' },
  fields: ({ name, isCurrent, description, host, error }) => ({
    Current: () => isCurrent,
    Description: () => description,
    DockerEndpoint: () => host,
    Error: () => (shortens && error.length > MOST_ERROR ? `${error.slice(0, MOST_ERROR - 1)}…` : error),
    Name: () => name,
  }),
})
