import { formatBytes } from '../../../base/units.ts'
import type { StatusMessage } from '../../../wire/buildkit/control.ts'
import { millisecondsOf, type Timestamp } from '../../../wire/buildkit/timestamp.ts'
import type { StepTail } from './step-tail.ts'

type Vertex = StatusMessage['vertexes'][number]
type Status = StatusMessage['statuses'][number]
export type FrameStep = { vertex: Vertex; statuses: Map<string, Status>; tail: StepTail }
export type FrameSize = { columns: number; rows: number }
/** `tone` says how a line is to look; its text is plain. */
export type FrameLine = { text: string; tone: 'plain' | 'done' | 'failed' | 'cancelled' }

/** Lines of output shown below a step that runs. */
const TAIL_LINES = 6

/**
 * One picture of a build for a terminal, never more than fits: steps that are over go first when there is no room. Times are in
 * milliseconds. Source: the tty display of BuildKit, whose look this is.
 */
export function renderFrame(
  steps: readonly FrameStep[],
  { columns, rows }: FrameSize,
  startedMs: number,
  nowMs: number,
  isOver: boolean,
): FrameLine[] {
  const shown = steps.filter(({ vertex }) => vertex.started)
  const done = shown.filter(({ vertex }) => vertex.completed).length
  const head = `[+] Building ${seconds(nowMs - startedMs)} (${done}/${steps.length})${isOver ? ' FINISHED' : ''}`
  const lines = shown.flatMap(step => stepLines(step, columns, nowMs))
  const room = Math.max(1, rows - 2)
  const kept = lines.length <= room ? lines : withoutOldest(lines, room)
  return [{ text: head.slice(0, columns), tone: 'plain' }, ...kept]
}

type StepLine = FrameLine & { isOver: boolean }

/** What is over makes room for what runs. */
function withoutOldest(lines: StepLine[], room: number): FrameLine[] {
  let excess = lines.length - room
  const kept = lines.filter(({ isOver }) => !(isOver && excess-- > 0))
  return kept.slice(-room)
}

function stepLines({ vertex, statuses, tail }: FrameStep, columns: number, nowMs: number): StepLine[] {
  const { completed, error } = vertex
  const isOver = completed !== undefined && error === ''
  const tone = toneOf(vertex)
  const line = (text: string, time: string): StepLine => ({ text: fitted(text, time, columns), tone, isOver })
  const title = ` => ${vertex.cached ? 'CACHED ' : error !== '' ? (tone === 'cancelled' ? 'CANCELED ' : 'ERROR ') : ''}${vertex.name}`
  const parts = [...statuses.values()].map(status => line(` => => ${statusText(status)}`, lasted(status, nowMs)))
  const output = completed ? [] : tail.lines().slice(-TAIL_LINES)
  const shown = output.map(text => ({ ...line(` => => # ${visible(text)}`, ''), tone: 'plain' as const }))
  return [line(title, lasted(vertex, nowMs)), ...parts, ...shown]
}

function toneOf({ completed, error }: Vertex): FrameLine['tone'] {
  if (error.endsWith('context canceled')) return 'cancelled'
  if (error !== '') return 'failed'
  return completed ? 'done' : 'plain'
}

function statusText({ id, current, total }: Status): string {
  if (total > 0) return `${id} ${formatBytes(current)} / ${formatBytes(total)}`
  return current > 0 ? `${id} ${formatBytes(current)}` : id
}

function lasted({ started, completed }: { started?: Timestamp; completed?: Timestamp }, nowMs: number): string {
  if (!started) return ''
  return seconds((completed ? millisecondsOf(completed) : nowMs) - millisecondsOf(started))
}

const seconds = (milliseconds: number): string => `${Math.max(0, milliseconds / 1000).toFixed(1)}s`

/** The text on the left, cut off where the time on the right begins. */
function fitted(text: string, time: string, columns: number): string {
  const room = Math.max(0, columns - time.length - 1)
  const letters = [...text]
  return `${letters.slice(0, room).join('').padEnd(room)} ${time}`.trimEnd()
}

/** Output of a step must not move the cursor or change colours of the picture. */
const visible = (text: string): string =>
  (text.split('\r').findLast(part => part !== '') ?? '').replace(/\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]/g, '')
