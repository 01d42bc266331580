import { listContainers } from '../../client/containers.ts'
import { bool, integer, text } from '../../formats/command-line/flag-types.ts'
import type { ContainerSummary } from '../../formats/engine-api/container.ts'
import { defineCommand, noOperands } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { filterFlag, filtersQuery } from '../filters.ts'
import { FORMAT_HELP, formatRows, methodsValue } from '../format/list.ts'
import { containerRows } from './rows.ts'

const TABLE = 'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}'
const RAW = `container_id: {{.ID}}
image: {{.Image}}
command: {{.Command}}
created_at: {{.CreatedAt}}
state: {{- pad .State 1 0}}
status: {{- pad .Status 1 0}}
names: {{.Names}}
labels: {{- pad .Labels 1 0}}
ports: {{- pad .Ports 1 0}}
`

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: bool('Show all containers (default shows just running)', { short: 'a' }),
    filter: filterFlag('Filter output based on conditions provided'),
    format: text(FORMAT_HELP),
    last: integer('Show n last created containers (includes all states)', { short: 'n', default: -1 }),
    latest: bool('Show the latest created container (includes all states)', { short: 'l' }),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only display container IDs', { short: 'q' }),
    size: bool('Display total file sizes', { short: 's' }),
  },
  operands: noOperands,
  async run({ flags, given, session }) {
    if (flags.format !== '' && flags.quiet) {
      session.tell('WARNING: Ignoring custom format, because both --format and --quiet are set.')
    }
    const format = flags.format || (await session.config()).contents.psFormat || ''
    const wantsSize = flags.size || (format !== '' && !flags.quiet && !given('size') && (await usesSize(format)))
    const limit = flags.latest && flags.last === -1 ? 1 : flags.last
    const rows = await listContainers(await session.client(), {
      all: flags.all ? 1 : undefined,
      limit: limit > 0 ? limit : undefined,
      size: wantsSize ? 1 : undefined,
      filters: filtersQuery(flags.filter),
    })
    const chosen = rowFormat(format, flags.quiet, wantsSize)
    session.stdout.write(formatRows(containerRows(!flags['no-trunc']), chosen, rows))
    return 0
  },
})

function rowFormat(format: string, quiet: boolean, size: boolean): string {
  if (format === 'raw') return quiet ? 'container_id: {{.ID}}' : RAW + (size ? 'size: {{.Size}}\\n' : '')
  if (quiet) return '{{.ID}}'
  if (format !== '' && format !== 'table') return format
  return TABLE + (size ? '\t{{.Size}}' : '')
}

/** Sizes cost the daemon a walk over files: asked for only where the template shows them. Also finds templates that cannot be run. */
async function usesSize(format: string): Promise<boolean> {
  const { GoTemplate } = await import('../../formats/go-template/template.ts')
  const template = attempt('failed to parse template', () => new GoTemplate(format))
  const used: string[] = []
  const shape = containerRows(true, field => used.push(field))
  const empty = {
    Id: '',
    Names: [],
    Image: '',
    ImageID: '',
    Command: '',
    State: '',
    Status: '',
    Created: 0,
  } as unknown as ContainerSummary
  attempt('failed to execute template', () => template.run(methodsValue(shape.typeName, shape.fields(empty))))
  return used.includes('Size')
}

function attempt<T>(words: string, work: () => T): T {
  try {
    return work()
  } catch (failure) {
    throw new CommandFailure(`${words}: ${messageOf(failure)}`, 1, failure)
  }
}
