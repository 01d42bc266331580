import { formatUnix, nowNanoseconds, parseMoment } from '../../base/timestamps.ts'
import type { Query } from '../../client/client.ts'
import { containerLogs, inspectContainer } from '../../client/containers.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { atLeast, type Command, defineCommand } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { filterFlag } from '../filters.ts'
import { checkOperands } from '../grammar.ts'
import type { Session } from '../session.ts'
import { splitter } from './streams.ts'

const MOMENT = '(e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'

export const command: Command = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    details: bool('Show extra details provided to logs'),
    filter: filterFlag('Also the containers that match, for example "label=app=shop"', {}),
    follow: bool('Follow log output', { short: 'f' }),
    grep: text('Show only lines in which this regular expression is found'),
    'no-color': bool('No colors before the lines of several containers'),
    since: text(`Show logs since timestamp ${MOMENT}`),
    tail: text('Number of lines to show from the end of the logs', { short: 'n', default: 'all' }),
    timestamps: bool('Show timestamps', { short: 't' }),
    until: text(`Show logs before a timestamp ${MOMENT}`),
  },
  operands: atLeast(0),
  complete: 'containers',
  async run({ flags, given, operands, session, commandPath }) {
    if (!given('filter')) checkOperands({ ...command, operands: atLeast(1) }, commandPath, operands)
    const query: Query = {
      stdout: 1,
      stderr: 1,
      since: moment('since', flags.since),
      until: moment('until', flags.until),
      details: flags.details ? 1 : undefined,
      follow: flags.follow ? 1 : undefined,
      tail: flags.tail,
    }
    if (operands.length === 1 && !given('filter') && flags.grep === '') {
      await printOne(session, operands[0]!, { ...query, timestamps: flags.timestamps ? 1 : undefined })
      return 0
    }
    const { grepPattern } = await import('./logs/line-printer.ts')
    const { logTargets } = await import('./logs/log-streams.ts')
    const { printLogs } = await import('./logs/several.ts')
    const { follow, timestamps } = flags
    const form = {
      follow,
      timestamps,
      pattern: grepPattern(flags.grep),
      hasColour: session.hasColour && !flags['no-color'],
    }
    await printLogs(session, await logTargets(await session.client(), operands, flags.filter), query, form)
    return 0
  },
})

/** As docker prints it: the bytes, as they come. */
async function printOne(session: Session, name: string, query: Query): Promise<void> {
  const client = await session.client()
  const { Id, Config } = await inspectContainer(client, name)
  const response = await containerLogs(client, Id, query)
  const split = Config.Tty ? undefined : splitter(session)
  for await (const bytes of response.body) {
    if (split) split.push(bytes)
    else session.stdout.write(bytes)
    await session.flush()
  }
}

/** As the API takes moments: seconds and nanoseconds since 1970. */
export function moment(flag: string, text: string): string | undefined {
  if (text === '') return undefined
  try {
    return formatUnix(parseMoment(text, nowNanoseconds()))
  } catch (failure) {
    throw new CommandFailure(`invalid value for "${flag}": ${messageOf(failure)}`, 1, failure)
  }
}
