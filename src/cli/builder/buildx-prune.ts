import { parseDuration } from '../../base/durations.ts'
import { formatBytes } from '../../base/units.ts'
import { openHttp2 } from '../../client/http2.ts'
import { aliasFor, bool, bytes } from '../../formats/command-line/flag-types.ts'
import { CONTROL } from '../../wire/buildkit/control.ts'
import { openCall } from '../../wire/grpc/client.ts'
import { defineCommand, noOperands } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { filterFlag } from '../filters.ts'
import { cacheFilters } from './cache-filters.ts'
import { USAGE_HEADER, usageDetails, usageLine } from './usage-table.ts'

const DANGLING = 'WARNING! This will remove all dangling build cache.'
const ALL = 'WARNING! This will remove all build cache.'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: bool('Include internal/frontend images', { short: 'a' }),
    filter: filterFlag('Provide filter values (e.g., "until=24h")', {}),
    force: bool('Do not prompt for confirmation', { short: 'f' }),
    'keep-storage': aliasFor('reserved-space'),
    'max-used-space': bytes('Maximum amount of disk space allowed to keep for cache'),
    'min-free-space': bytes('Target amount of free disk space after pruning'),
    'reserved-space': bytes('Amount of disk space always allowed to keep for cache'),
    verbose: bool('Provide a more verbose output'),
  },
  operands: noOperands,
  async run({ flags, session }) {
    if (!flags.force && !(await confirmed(session, flags.all ? ALL : DANGLING))) return 0
    const { until, 'unused-for': unusedFor, ...filters } = flags.filter
    const builder = await openHttp2(await session.client(), '/grpc', { role: 'client' })
    const call = await openCall(builder, CONTROL.prune)
    await call.send({
      all: flags.all,
      filter: cacheFilters(filters),
      keepDuration: durationOf([...(until ?? []), ...(unusedFor ?? [])]),
      reservedSpace: flags['reserved-space'],
      maxUsedSpace: flags['max-used-space'],
      minFreeSpace: flags['min-free-space'],
    })
    await call.end()
    let total = 0
    let lines = 0
    for await (const record of call.responses) {
      if (lines++ === 0 && !flags.verbose) session.print(USAGE_HEADER)
      session.print(flags.verbose ? usageDetails(record) : usageLine(record))
      total += record.size
    }
    builder.close()
    session.print(`Total:\t${formatBytes(total, 4)}`)
    return 0
  },
})

function durationOf([text]: readonly string[]): bigint {
  if (text === undefined) return 0n
  try {
    return BigInt(parseDuration(text))
  } catch (failure) {
    throw new CommandFailure(`ERROR: ${messageOf(failure)}`, 1, failure)
  }
}
