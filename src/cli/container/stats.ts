import type { Client } from '../../client/client.ts'
import { containerStats, followStats, listContainers } from '../../client/containers.ts'
import { daemonEvents } from '../../client/system.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import type { EventMessage } from '../../formats/engine-api/common.ts'
import type { ContainerStats } from '../../formats/engine-api/stats.ts'
import { readJsonLines } from '../../formats/progress-lines/progress-lines.ts'
import { atLeast, defineCommand, type Operands } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { filtersQuery } from '../filters.ts'
import { FORMAT_HELP, formatRows } from '../format/list.ts'
import type { Session } from '../session.ts'
import { type StatsRow, statsRows } from './stats/rows.ts'

const TABLE = 'table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}'
/** How often the picture is drawn anew; samples come every second. */
const REDRAW_MS = 500
const anyNumber: Operands = atLeast(0)

export const command = defineCommand({
  usage: '[OPTIONS] [CONTAINER...]',
  flags: {
    all: bool('Show all containers (default shows just running)', { short: 'a' }),
    format: text(FORMAT_HELP),
    'no-stream': bool('Disable streaming stats and only pull the first result'),
    'no-trunc': bool('Do not truncate output'),
  },
  operands: anyNumber,
  complete: 'running',
  async run({ flags, operands, session }) {
    const configured = (await session.config()).contents.statsFormat
    const format = flags.format || configured || 'table'
    const show = (rows: StatsRow[]) =>
      formatRows(statsRows(!flags['no-trunc']), format === 'table' ? TABLE : format, rows)
    show([])
    const client = await session.client()
    const names = operands.length > 0 ? operands : await runningNames(client, flags.all)
    if (flags['no-stream']) return once(session, client, names, show)
    const board = new Board(client)
    for (const name of names) board.add(name, operands.length > 0)
    if (operands.length === 0) board.followNew(flags.all)
    return draw(session, board, show)
  },
})

async function runningNames(client: Client, all: boolean): Promise<string[]> {
  return (await listContainers(client, { all: all ? 1 : undefined })).map(({ Id }) => Id)
}

async function once(session: Session, client: Client, names: string[], show: (rows: StatsRow[]) => string) {
  const samples = await Promise.allSettled(names.map(name => containerStats(client, name)))
  const failed = samples.find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
  const rows = samples.map((each, place) => ({
    given: names[place]!,
    sample: (each as { value: ContainerStats }).value,
  }))
  session.stdout.write(show(rows))
  return 0
}

/** The latest sample of each container that is followed, in the order in which they came. */
class Board {
  readonly #client: Client
  readonly #rows = new Map<string, { row: StatsRow; leave: AbortController }>()
  failure: unknown

  constructor(client: Client) {
    this.#client = client
  }

  get rows(): StatsRow[] {
    return [...this.#rows.values()].map(({ row }) => row)
  }

  /** One that was asked for by name ends everything when it is not there; others just go. */
  add(name: string, byName: boolean): void {
    if (this.#rows.has(name)) return
    const row: StatsRow = { given: name, sample: undefined }
    const leave = new AbortController()
    this.#rows.set(name, { row, leave })
    this.#follow(row, leave.signal).then(
      () => this.#remove(name, leave),
      failure => {
        if (byName && !leave.signal.aborted) this.failure ??= failure
        this.#remove(name, leave)
      },
    )
  }

  /** `leave` undefined: whoever has the name now. */
  #remove(name: string, leave?: AbortController): void {
    const known = this.#rows.get(name)
    if (!known || (leave && known.leave !== leave)) return
    this.#rows.delete(name)
    known.leave.abort()
  }

  followNew(all: boolean): void {
    const filters = filtersQuery({ type: ['container'], event: [all ? 'create' : 'start', 'die'] })
    this.#followEvents(filters, all).catch(failure => {
      this.failure ??= failure
    })
  }

  async #follow(row: StatsRow, signal: AbortSignal): Promise<void> {
    const { body } = await followStats(this.#client, row.given, signal)
    for await (const sample of readJsonLines<ContainerStats>(body)) row.sample = sample
  }

  async #followEvents(filters: string | undefined, all: boolean): Promise<void> {
    const { body } = await daemonEvents(this.#client, { filters })
    for await (const { Action, Actor } of readJsonLines<EventMessage>(body)) {
      if (Action !== 'die') this.add(Actor.ID, false)
      else if (!all) this.#remove(Actor.ID)
    }
  }
}

const HOME = '\x1b[H'
const TO_LINE_END = '\x1b[K'
const TO_SCREEN_END = '\x1b[J'

/** On a terminal each picture is drawn over the last one, without a moment of an empty screen. */
async function draw(session: Session, board: Board, show: (rows: StatsRow[]) => string): Promise<number> {
  for (;;) {
    if (board.failure) throw new CommandFailure(messageOf(board.failure), 1, board.failure)
    const picture = show(board.rows)
    const isScreen = session.stdout.isTerminal
    session.stdout.write(isScreen ? HOME + picture.replaceAll('\n', `${TO_LINE_END}\n`) + TO_SCREEN_END : picture)
    await session.flush()
    await Bun.sleep(REDRAW_MS)
  }
}
