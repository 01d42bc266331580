import { openHttp2 } from '../../../client/http2.ts'
import { text } from '../../../formats/command-line/flag-types.ts'
import { CONTROL, type StatusMessage } from '../../../wire/buildkit/control.ts'
import type { HistoryRecordMessage } from '../../../wire/buildkit/history.ts'
import { millisecondsOf } from '../../../wire/buildkit/timestamp.ts'
import { openCall } from '../../../wire/grpc/client.ts'
import type { Http2Connection } from '../../../wire/http2/connection.ts'
import { atMost, defineCommand } from '../../command.ts'
import { CommandFailure } from '../../failures.ts'
import { durationOf, findRecord, nameOf, readRecords, statusOf } from './records.ts'

type Step = StatusMessage['vertexes'][number]

export const command = defineCommand({
  usage: '[OPTIONS] [REF]',
  flags: { format: text('Format the output: "pretty" or "json"', { default: 'pretty' }) },
  operands: atMost(1),
  async run({ flags, operands: [name = ''], session }) {
    if (!['pretty', 'json'].includes(flags.format)) throw new CommandFailure(`ERROR: unknown format ${flags.format}`)
    const builder = await openHttp2(await session.client(), '/grpc', { role: 'client' })
    const record = findRecord(await readRecords(builder), name)
    const steps = await readSteps(builder, record.ref)
    builder.close()
    if (flags.format === 'json') session.print(JSON.stringify(document(record, steps), null, 2))
    else for (const line of pretty(record, steps)) session.print(line)
    return 0
  },
})

async function readSteps(builder: Http2Connection, ref: string): Promise<Step[]> {
  const call = await openCall(builder, CONTROL.status)
  await call.send({ ref })
  await call.end()
  const steps = new Map<string, Step>()
  for await (const { vertexes } of call.responses) for (const step of vertexes) steps.set(step.digest, step)
  return [...steps.values()]
}

function pretty(record: HistoryRecordMessage, steps: Step[]): string[] {
  const { frontendAttributes, createdAt, error, totalSteps, completedSteps, cachedSteps, exporterResponse } = record
  const share = totalSteps > 0 ? ` (${Math.round((cachedSteps / totalSteps) * 100)}% cached)` : ''
  const rows: [string, string][] = [
    ['Name', nameOf(record)],
    ['Ref', record.ref],
    ['Dockerfile', frontendAttributes['filename'] ?? ''],
    ['Target', frontendAttributes['target'] ?? ''],
    ['Platform', frontendAttributes['platform'] ?? ''],
    ['Status', statusOf(record)],
    ['Error', error?.message ?? ''],
    ['Started', createdAt ? new Date(millisecondsOf(createdAt)).toISOString() : ''],
    ['Duration', durationOf(record)],
    ['Build Steps', `${completedSteps}/${totalSteps}${share}`],
    ['Image', exporterResponse['image.name'] ?? ''],
    ['Digest', exporterResponse['containerimage.digest'] ?? ''],
  ]
  const head = rows.filter(([, value]) => value !== '').map(([name, value]) => `${`${name}:`.padEnd(13)} ${value}`)
  return [...head, '', 'DURATION   STEP', ...steps.map(stepLine)]
}

function stepLine(step: Step): string {
  const time = step.cached ? 'CACHED' : secondsOf(step)
  return `${time.padEnd(10)} ${step.name}${step.error === '' ? '' : `\n${' '.repeat(11)}${step.error}`}`
}

const secondsOf = ({ started, completed }: Step): string =>
  started && completed ? `${((millisecondsOf(completed) - millisecondsOf(started)) / 1000).toFixed(1)}s` : ''

const document = (record: HistoryRecordMessage, steps: Step[]) => ({
  ref: record.ref,
  name: nameOf(record),
  dockerfile: record.frontendAttributes['filename'],
  target: record.frontendAttributes['target'],
  status: statusOf(record).toLowerCase(),
  error: record.error?.message,
  duration: durationOf(record),
  totalSteps: record.totalSteps,
  cachedSteps: record.cachedSteps,
  exporterResponse: record.exporterResponse,
  steps: steps.map(step => ({
    name: step.name,
    cached: step.cached,
    duration: secondsOf(step),
    ...(step.error && { error: step.error }),
  })),
})
