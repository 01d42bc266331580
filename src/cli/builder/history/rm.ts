import { openHttp2 } from '../../../client/http2.ts'
import { bool } from '../../../formats/command-line/flag-types.ts'
import { HISTORY } from '../../../wire/buildkit/history.ts'
import { callOnce } from '../../../wire/grpc/client.ts'
import { defineCommand } from '../../command.ts'
import { CommandFailure } from '../../failures.ts'
import { findRecord, readRecords } from './records.ts'

export const command = defineCommand({
  usage: '[OPTIONS] [REF...]',
  flags: { all: bool('Remove all build records') },
  operands: { least: 0, most: Number.POSITIVE_INFINITY },
  async run({ flags, operands, session }) {
    if (operands.length === 0 && !flags.all) throw new CommandFailure('ERROR: rm requires at least one argument')
    const builder = await openHttp2(await session.client(), '/grpc', { role: 'client' })
    const records = await readRecords(builder)
    const wanted = flags.all
      ? records.filter(({ completedAt }) => completedAt)
      : operands.map(name => findRecord(records, name))
    for (const { ref } of wanted) await callOnce(builder, HISTORY.update, { ref, delete: true })
    builder.close()
    return 0
  },
})
