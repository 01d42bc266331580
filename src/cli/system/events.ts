import { formatTimestampFixed } from '../../base/timestamps.ts'
import { daemonEvents } from '../../client/system.ts'
import { text } from '../../formats/command-line/flag-types.ts'
import type { EventMessage } from '../../formats/engine-api/common.ts'
import { goShape } from '../../formats/go-shapes/shapes.ts'
import { GoTemplate } from '../../formats/go-template/template.ts'
import { pointerTo } from '../../formats/go-template/values.ts'
import { readJsonLines } from '../../formats/progress-lines/progress-lines.ts'
import { defineCommand, noOperands } from '../command.ts'
import { moment } from '../container/logs.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { filterFlag, filtersQuery } from '../filters.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'

const TEMPLATE_EXIT = 64

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Filter output based on conditions provided'),
    format: text(INSPECT_FORMAT_HELP),
    since: text('Show all events created since timestamp'),
    until: text('Stream events until this timestamp'),
  },
  operands: noOperands,
  async run({ flags, session }) {
    const show = printer(flags.format)
    const query = {
      since: moment('since', flags.since),
      until: moment('until', flags.until),
      filters: filtersQuery(flags.filter),
    }
    const response = await daemonEvents(await session.client(), query)
    for await (const line of readJsonLines<Exact>(exactTimes(response.body))) {
      session.print(show(line))
      await session.flush()
    }
    return 0
  },
})

type Exact = Omit<EventMessage, 'timeNano'> & { timeNano: string | number }

/** Nanoseconds do not fit in a number of JavaScript: they are kept as text from here on. */
async function* exactTimes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const [decoder, encoder] = [new TextDecoder(), new TextEncoder()]
  let held = ''
  for await (const bytes of source) {
    held += decoder.decode(bytes, { stream: true })
    const end = held.lastIndexOf('\n') + 1
    yield encoder.encode(held.slice(0, end).replace(/"timeNano":(\d+)(?=[,}])/g, '"timeNano":"$1"'))
    held = held.slice(end)
  }
  yield encoder.encode(held.replace(/"timeNano":(\d+)(?=[,}])/g, '"timeNano":"$1"'))
}

function printer(format: string): (event: Exact) => string {
  if (format === '') return prettyLine
  const shape = pointerTo(goShape('events.Message'))
  try {
    const template = new GoTemplate(format === 'json' ? '{{json .}}' : format)
    template.run({ type: shape, data: { Actor: {} } })
    const unquoted = (text: string) => text.replace(/"timeNano":"(\d+)"/g, '"timeNano":$1')
    return event => unquoted(template.run({ type: shape, data: event }))
  } catch (failure) {
    throw new CommandFailure(`Error parsing format: ${messageOf(failure)}`, TEMPLATE_EXIT, failure)
  }
}

/** `2026-01-02T03:04:05.000000000Z container start <id> (image=…, name=…)`. */
function prettyLine({ time, timeNano, Type, Action, Actor }: Exact): string {
  const nanoseconds = BigInt(timeNano || 0) || BigInt(time) * 1_000_000_000n
  const attributes = Object.entries(Actor.Attributes ?? {}).toSorted(([left], [right]) => (left < right ? -1 : 1))
  const shown = attributes.map(([key, value]) => `${key}=${value}`).join(', ')
  return `${localTimestamp(nanoseconds)} ${Type} ${Action} ${Actor.ID}${shown ? ` (${shown})` : ''}`
}

/** RFC 3339 with nine digits, in the local zone. */
function localTimestamp(nanoseconds: bigint): string {
  const minutes = -new Date(Number(nanoseconds / 1_000_000n)).getTimezoneOffset()
  const shifted = formatTimestampFixed(nanoseconds + BigInt(minutes) * 60_000_000_000n)
  if (minutes === 0) return shifted
  const two = (value: number) => String(Math.trunc(Math.abs(value))).padStart(2, '0')
  return `${shifted.slice(0, -1)}${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}
