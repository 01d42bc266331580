import { byteText } from '../../base/byte-text.ts'
import type { ContextEntry, ContextIndex, ContextStat, ContextWriter } from './context-index.ts'
import type { Conversation } from './conversation.ts'
import { contextFaults } from './faults.ts'
import { FRAME, type FrameKind, frameHead } from './frames.ts'
import type { ContextReport, WrittenEntry } from './requests.ts'

/** Frames are sent together: a context of many small files would be one write for each otherwise. */
const SEND_BYTES = 256 * 1024
const LARGEST_DATA = 1024 * 1024
const NONE = new Uint8Array()

/** The side of a `ContextWriter` that is in the daemon; the disk is the child's. */
export class FrameWriter implements ContextWriter {
  readonly previous: ContextIndex
  readonly #index = new Map<string, ContextEntry>()
  readonly #files = new Map<number, string>()
  readonly #send: (bytes: Uint8Array) => Promise<void>
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #count = 0

  constructor(previous: ContextIndex, send: Conversation['send']) {
    this.previous = previous
    this.#send = send
  }

  get index(): ContextIndex {
    return this.#index
  }

  take(report: ContextReport): void {
    if (!('file' in report)) return
    const path = this.#files.get(report.file)
    const entry = path === undefined ? undefined : this.#index.get(path)
    if (entry) Object.assign(entry, { digest: report.digest, size: report.size })
  }

  keep(path: string): void {
    const entry = this.previous.get(clean(path))
    if (!entry) throw contextFaults.ORDER(path)
    this.#index.set(clean(path), entry)
  }

  async directory(path: string, stat: ContextStat): Promise<void> {
    this.#index.set(clean(path), { type: 'directory', ...stat })
    await this.#entry(0, { type: 'directory', path: byteText(clean(path)), stat })
  }

  async symlink(path: string, stat: ContextStat, target: string): Promise<void> {
    this.#index.set(clean(path), { type: 'symlink', ...stat, linkName: target })
    await this.#entry(0, { type: 'symlink', path: byteText(clean(path)), stat, target: byteText(target) })
  }

  async link(path: string, to: string): Promise<void> {
    const entry = this.#index.get(clean(to))
    if (entry?.type !== 'file') throw contextFaults.ORDER(path)
    this.#index.set(clean(path), entry)
    await this.#entry(0, { type: 'link', path: byteText(clean(path)), to: byteText(clean(to)) })
  }

  file(path: string, stat: ContextStat): { write(chunk: Uint8Array): Promise<void>; end(): Promise<void> } {
    const id = ++this.#count
    const opened = clean(path)
    this.#index.set(opened, { type: 'file', ...stat })
    this.#files.set(id, opened)
    const opening = this.#entry(id, { type: 'file', path: byteText(opened), stat })
    return {
      write: async chunk => {
        await opening
        for (let at = 0; at < chunk.length; at += LARGEST_DATA)
          await this.#frame(FRAME.DATA, id, chunk.subarray(at, at + LARGEST_DATA))
      },
      end: async () => {
        await opening
        await this.#frame(FRAME.END, id, NONE)
      },
    }
  }

  /** What was here and is no part of the context any more. Directories before what is in them, so that one removal does. */
  async removeRest(): Promise<void> {
    const gone = [...this.previous.keys()].filter(path => !this.#index.has(path)).sort()
    let last: string | undefined
    for (const path of gone) {
      if (last !== undefined && path.startsWith(`${last}/`)) continue
      last = path
      await this.#entry(0, { type: 'remove', path: byteText(path) })
    }
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    if (bytes.length > 0) await this.#send(bytes)
  }

  #entry(id: number, entry: WrittenEntry): Promise<void> {
    return this.#frame(FRAME.ENTRY, id, Buffer.from(JSON.stringify(entry)))
  }

  async #frame(kind: FrameKind, id: number, payload: Uint8Array): Promise<void> {
    const head = frameHead(kind, id, payload.length)
    this.#waiting.push(head, payload)
    this.#waitingBytes += head.length + payload.length
    if (this.#waitingBytes >= SEND_BYTES) await this.flush()
  }
}

/** The child refuses what leads out; here only one spelling is wanted. */
function clean(path: string): string {
  const parts = path.split('/').filter(part => part !== '' && part !== '.')
  if (parts.length === 0 || parts.includes('..')) throw contextFaults.PATH(path)
  return parts.join('/')
}
