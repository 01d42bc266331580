import { formatUnix, nowNanoseconds, parseMoment } from '../../base/timestamps.ts'
import { containerLogs, inspectContainer } from '../../client/containers.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { splitter } from './streams.ts'

const MOMENT = '(e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  flags: {
    details: bool('Show extra details provided to logs'),
    follow: bool('Follow log output', { short: 'f' }),
    since: text(`Show logs since timestamp ${MOMENT}`),
    tail: text('Number of lines to show from the end of the logs', { short: 'n', default: 'all' }),
    timestamps: bool('Show timestamps', { short: 't' }),
    until: text(`Show logs before a timestamp ${MOMENT}`),
  },
  operands: exactly(1),
  complete: 'containers',
  async run({ flags, operands: [name = ''], session }) {
    const client = await session.client()
    const { Id, Config } = await inspectContainer(client, name)
    const response = await containerLogs(client, Id, {
      stdout: 1,
      stderr: 1,
      since: moment('since', flags.since),
      until: moment('until', flags.until),
      timestamps: flags.timestamps ? 1 : undefined,
      details: flags.details ? 1 : undefined,
      follow: flags.follow ? 1 : undefined,
      tail: flags.tail,
    })
    const split = Config.Tty ? undefined : splitter(session)
    for await (const bytes of response.body) {
      if (split) split.push(bytes)
      else session.stdout.write(bytes)
      await session.flush()
    }
    return 0
  },
})

/** As the API takes moments: seconds and nanoseconds since 1970. */
export function moment(flag: string, text: string): string | undefined {
  if (text === '') return undefined
  try {
    return formatUnix(parseMoment(text, nowNanoseconds()))
  } catch (failure) {
    throw new CommandFailure(`invalid value for "${flag}": ${messageOf(failure)}`, 1, failure)
  }
}
