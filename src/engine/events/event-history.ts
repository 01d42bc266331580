import { closeSync, fstatSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { logger } from '../../base/log.ts'
import { hasCode } from '../../host/syscalls/call.ts'
import type { EngineEvent } from './event.ts'

const log = logger('events')
/** A file that is this long makes room for a new one; the one before it is kept. */
const FILE_BYTES = 512 * 1024

/**
 * What happened, on the disk as JSON lines, so that `events --since` reaches back beyond the start of the daemon. A line is
 * written as the event happens and survives the daemon's being killed; a power cut may take the last ones.
 */
export class EventHistory {
  readonly #path: string
  readonly #most: number
  #file: number | undefined
  #length = 0
  #isBroken = false

  constructor(path: string, most = FILE_BYTES) {
    this.#path = path
    this.#most = most
  }

  /** Never throws: on a full disk events are still told to those who listen. */
  add(event: EngineEvent): void {
    try {
      this.#file ??= this.#open()
      if (this.#length >= this.#most) this.#turnOver()
      this.#length += writeSync(this.#file, `${printLine(event)}\n`)
      this.#isBroken = false
    } catch (failure) {
      if (!this.#isBroken) log.warn('the history of events cannot be written', { error: failure })
      this.#isBroken = true
    }
  }

  /** The last so many that earlier daemons told, oldest first; lines that are damaged are left out. */
  earlier(most: number, before: bigint): EngineEvent[] {
    const lines = [`${this.#path}.1`, this.#path].flatMap(linesOf)
    const events = lines.slice(-2 * most).map(readLine)
    return events.filter(event => event !== undefined && event.timeNano < before).slice(-most) as EngineEvent[]
  }

  /** A killed daemon may have left half a line: the next one begins after an end of line of its own. */
  #open(): number {
    const file = openSync(this.#path, 'a', 0o600)
    this.#length = fstatSync(file).size
    if (this.#length > 0) this.#length += writeSync(file, '\n')
    return file
  }

  #turnOver(): void {
    renameSync(this.#path, `${this.#path}.1`)
    const old = this.#file
    this.#file = openSync(this.#path, 'a', 0o600)
    this.#length = 0
    if (old !== undefined) closeSync(old)
  }
}

const printLine = ({ timeNano, ...rest }: EngineEvent): string =>
  JSON.stringify({ ...rest, timeNano: String(timeNano) })

function readLine(line: string): EngineEvent | undefined {
  try {
    const { timeNano, ...rest } = JSON.parse(line) as Omit<EngineEvent, 'timeNano'> & { timeNano: string }
    return { ...rest, timeNano: BigInt(timeNano) }
  } catch {
    return undefined
  }
}

const linesOf = (path: string): string[] => readIfThere(path).toString().split('\n').filter(Boolean)

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR')) return Buffer.alloc(0)
    throw failure
  }
}
