import { openHttp2 } from '../../client/http2.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { CONTROL } from '../../wire/buildkit/control.ts'
import { callOnce } from '../../wire/grpc/client.ts'
import { defineCommand, noOperands } from '../command.ts'
import { filterFlag } from '../filters.ts'
import { cacheFilters } from './cache-filters.ts'
import { USAGE_HEADER, usageDetails, usageLine, usageTotals } from './usage-table.ts'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Provide filter values', {}),
    verbose: bool('Provide a more verbose output'),
  },
  operands: noOperands,
  async run({ flags, session }) {
    const builder = await openHttp2(await session.client(), '/grpc', { role: 'client' })
    const { records } = await callOnce(builder, CONTROL.diskUsage, { filter: cacheFilters(flags.filter) })
    builder.close()
    if (flags.verbose) for (const record of records) session.print(usageDetails(record))
    else if (records.length > 0) for (const line of [USAGE_HEADER, ...records.map(usageLine)]) session.print(line)
    for (const line of usageTotals(records)) session.print(line)
    return 0
  },
})
