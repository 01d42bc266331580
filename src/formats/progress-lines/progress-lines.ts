import { formatBytes } from '../../base/units.ts'
import type { ProgressLine } from '../engine-api/common.ts'

const BAR_WIDTH = 50
/** Below this many columns docker draws no bar. */
const BAR_FITS_COLUMNS = 110
const NUMBER_WIDTH = 8

export type Screen = { isTerminal: boolean; columns: number }

/**
 * Draws a progress stream as docker does: on a terminal each id has a line of its own that is drawn anew, elsewhere only
 * changes of state are told. `draw` gives the text to write for one line of the stream.
 */
export class ProgressScreen {
  readonly #screen: Screen
  #rows = new Map<string, number>()

  constructor(screen: Screen) {
    this.#screen = screen
  }

  draw(line: ProgressLine): string {
    const detail = line.progressDetail
    if (!line.id || (!detail && !line.progress)) {
      this.#rows.clear()
      return this.#show(line) + (line.id && this.#screen.isTerminal ? down(0) : '')
    }
    const isNew = !this.#rows.has(line.id)
    if (isNew) this.#rows.set(line.id, this.#rows.size)
    if (!this.#screen.isTerminal) return this.#show(line)
    const distance = this.#rows.size - this.#rows.get(line.id)!
    return (isNew ? '\n' : '') + up(distance) + this.#show(line) + down(distance)
  }

  #show(line: ProgressLine): string {
    const { isTerminal } = this.#screen
    const bar = line.progressDetail ? progressBar(line.progressDetail, this.#screen.columns) : ''
    const redraws = isTerminal && !line.stream && line.progressDetail !== undefined
    if (!redraws && bar !== '') return ''
    const start = redraws ? '\x1b[2K\r' : ''
    const end = redraws ? '\r' : ''
    const id = line.id ? `${line.id}: ` : ''
    const status = line.status ?? ''
    if (line.progressDetail && isTerminal) return `${start}${id}${status} ${bar}${end}`
    if (line.progress) return `${start}${id}${status} ${line.progress}${end}`
    if (line.stream) return `${start}${id}${line.stream}${end}`
    return `${start}${id}${status}${end}\n`
  }
}

const up = (lines: number): string => (lines > 0 ? `\x1b[${lines}A` : '')
const down = (lines: number): string => (lines > 0 ? `\x1b[${lines}B` : '')

type Detail = NonNullable<ProgressLine['progressDetail']>

/** `[=====>     ]  1.2MB/3.4MB`; '' where nothing is known. */
export function progressBar({ current = 0, total = 0, units, hidecounts }: Detail, columns: number): string {
  if (current <= 0 && total <= 0) return ''
  const size = (bytes: number) => formatBytes(bytes, 4)
  if (total <= 0) return units ? `${current} ${units}` : size(current).padStart(NUMBER_WIDTH)
  const done = Math.min(BAR_WIDTH, Math.trunc(Math.trunc((current / total) * 100) / 2))
  const bar = columns > BAR_FITS_COLUMNS ? `[${'='.repeat(done)}>${' '.repeat(BAR_WIDTH - done)}] ` : ''
  if (hidecounts) return bar
  if (units) return bar + (current > total ? `${current} ${units}` : `${current}/${total} ${units}`)
  const numbers = size(current).padStart(NUMBER_WIDTH)
  return bar + (current > total ? numbers : `${numbers}/${size(total)}`)
}

/** Takes a stream of JSON objects apart, one to a line or one after the other. Throws SyntaxError where it is none. */
export async function* readJsonLines<T>(source: AsyncIterable<Uint8Array>): AsyncGenerator<T, void> {
  const decoder = new TextDecoder()
  let held = ''
  for await (const bytes of source) {
    held += decoder.decode(bytes, { stream: true })
    for (let at = held.indexOf('\n'); at >= 0; at = held.indexOf('\n')) {
      const line = held.slice(0, at).trim()
      held = held.slice(at + 1)
      if (line !== '') yield JSON.parse(line) as T
    }
  }
  if (held.trim() !== '') yield JSON.parse(held) as T
}
