import { humanDuration } from '../../../base/durations.ts'
import { openHttp2 } from '../../../client/http2.ts'
import { bool, text } from '../../../formats/command-line/flag-types.ts'
import { millisecondsOf } from '../../../wire/buildkit/timestamp.ts'
import { defineCommand, noOperands } from '../../command.ts'
import { CommandFailure } from '../../failures.ts'
import { durationOf, nameOf, readRecords, statusOf } from './records.ts'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    format: text('Format the output: "table" or "json"', { default: 'table' }),
    'no-trunc': bool("Don't truncate output"),
  },
  operands: noOperands,
  async run({ flags, session }) {
    if (!['table', 'json'].includes(flags.format)) throw new CommandFailure(`ERROR: unknown format ${flags.format}`)
    const builder = await openHttp2(await session.client(), '/grpc', { role: 'client' })
    const records = await readRecords(builder)
    builder.close()
    const rows = records.map(record => ({
      ref: record.ref,
      name: nameOf(record),
      status: statusOf(record),
      created: record.createdAt ? `${humanDuration(Date.now() - millisecondsOf(record.createdAt))} ago` : '',
      duration: durationOf(record),
      steps: record.totalSteps,
      cached: record.cachedSteps,
    }))
    if (flags.format === 'json') for (const row of rows) session.print(JSON.stringify(row))
    else for (const line of table(rows, flags['no-trunc'])) session.print(line)
    return 0
  },
})

type Row = { ref: string; name: string; status: string; created: string; duration: string }
const NAME_LETTERS = 30

function table(rows: readonly Row[], isWhole: boolean): string[] {
  const shown = rows.map(({ ref, name, status, created, duration }) => {
    const short = isWhole || name.length <= NAME_LETTERS ? name : `${name.slice(0, NAME_LETTERS - 1)}…`
    return [ref, short, status, created, duration]
  })
  const all = [['BUILD ID', 'NAME', 'STATUS', 'CREATED AT', 'DURATION'], ...shown]
  const widths = all[0]!.map((_, column) => Math.max(...all.map(cells => cells[column]!.length)))
  return all.map(cells =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]! + 3))
      .join('')
      .trimEnd(),
  )
}
