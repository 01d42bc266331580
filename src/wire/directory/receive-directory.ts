import { describe } from '../../base/faults.ts'
import { PACKET, type PacketMessage, type StatMessage } from '../buildkit/session.ts'
import { directoryFaults } from './faults.ts'
import { permissionsOf, typeOfMode } from './file-mode.ts'
import { PathOrder } from './path-order.ts'

export type ReceivedStat = {
  mode: number
  size: number
  modified: { seconds: number; nanoseconds: number }
  /** Values in base64. */
  attributes?: Record<string, string>
}
type Known = ReceivedStat & { type: 'file' | 'directory' | 'symlink'; linkName?: string }

/** Where a directory goes. Calls come in the order of the tree; content of several files may come at once. */
export type DirectoryReceiver = {
  /** What is there from the last time, by path. */
  readonly previous: ReadonlyMap<string, Known>
  keep(path: string): void
  directory(path: string, stat: ReceivedStat): Promise<void>
  symlink(path: string, stat: ReceivedStat, target: string): Promise<void>
  link(path: string, to: string): Promise<void>
  file(path: string, stat: ReceivedStat): { write(chunk: Uint8Array): Promise<void>; end(): Promise<void> }
}

/** One side of a call with packets in both directions. */
export type PacketStream = {
  incoming: AsyncIterable<PacketMessage>
  send(packet: Partial<PacketMessage>): Promise<void>
}

/** Entries of one directory; a sender that goes on beyond is one without an end. */
const MAX_ENTRIES = 4_000_000
const ATTRIBUTES_BYTES = 64 * 1024
/** Files whose content is awaited at once. */
const OPEN_FILES = 32

type OpenFile = ReturnType<DirectoryReceiver['file']> & { path: string; left: number }

/**
 * Takes a directory in that the other side sends. It tells of everything; content is asked for only where it differs from
 * what is there already. Devices, sockets and pipes are passed over. Source: tonistiigi/fsutil, receive.go.
 */
export async function receiveDirectory(
  stream: PacketStream,
  receiver: DirectoryReceiver,
  report: (bytes: number) => void = () => {},
): Promise<void> {
  const reception = new Reception(stream, receiver)
  try {
    let bytes = 0
    for await (const packet of stream.incoming) {
      bytes += packet.data.length + (packet.stat ? STAT_BYTES : 0)
      report(bytes)
      if (packet.type === PACKET.FINISH) return reception.finish()
      await reception.take(packet)
    }
    throw directoryFaults.CUT()
  } catch (failure) {
    await stream.send({ type: PACKET.ERROR, data: Buffer.from(describe(failure)) }).catch(() => {})
    throw failure
  }
}
/** About what one costs on the wire. */
const STAT_BYTES = 48

class Reception {
  readonly #stream: PacketStream
  readonly #receiver: DirectoryReceiver
  readonly #order = new PathOrder()
  readonly #open = new Map<number, OpenFile>()
  #waiting: { id: number; path: string; stat: ReceivedStat }[] = []
  #nextWaiting = 0
  /** Made when all content is here: what they lead to may still be on its way. */
  readonly #links: { path: string; to: string }[] = []
  #entries = 0
  #toldAll = false
  #finished = false

  constructor(stream: PacketStream, receiver: DirectoryReceiver) {
    this.#stream = stream
    this.#receiver = receiver
  }

  async take({ type, stat, id, data }: PacketMessage): Promise<void> {
    if (type === PACKET.ERROR) throw directoryFaults.SENDER(Buffer.from(data).toString('utf8').slice(0, 1000))
    if (type === PACKET.DATA) await this.#data(id, data)
    else if (type === PACKET.STAT && stat) await this.#entry(stat)
    else if (type === PACKET.STAT) this.#toldAll = true
    if (this.#toldAll && this.#isAtRest && !this.#finished) await this.#complete()
  }

  async #complete(): Promise<void> {
    this.#finished = true
    for (const { path, to } of this.#links) await this.#receiver.link(path, to)
    await this.#stream.send({ type: PACKET.FINISH })
  }

  finish(): void {
    if (!this.#finished) throw directoryFaults.CUT()
  }

  get #isAtRest(): boolean {
    return this.#open.size === 0 && this.#nextWaiting === this.#waiting.length
  }

  async #entry(wire: StatMessage): Promise<void> {
    const id = this.#entries++
    if (id >= MAX_ENTRIES) throw directoryFaults.ENTRIES(MAX_ENTRIES)
    const { path } = wire
    const type = typeOfMode(wire.mode)
    this.#order.check(path, type === 'directory')
    if (type === 'special') return
    const stat = statOf(wire)
    // A regular file with a link name is a second name of one that came before.
    if (type === 'file' && wire.linkName !== '') this.#links.push({ path, to: wire.linkName })
    else if (isSame(this.#receiver.previous.get(path), type, stat, wire.linkName)) this.#receiver.keep(path)
    else if (type === 'directory') await this.#receiver.directory(path, stat)
    else if (type === 'symlink') await this.#receiver.symlink(path, stat, wire.linkName)
    else await this.#want(id, path, stat)
  }

  async #want(id: number, path: string, stat: ReceivedStat): Promise<void> {
    this.#waiting.push({ id, path, stat })
    await this.#ask()
  }

  async #ask(): Promise<void> {
    while (this.#open.size < OPEN_FILES && this.#nextWaiting < this.#waiting.length) {
      const { id, path, stat } = this.#waiting[this.#nextWaiting++]!
      this.#open.set(id, { ...this.#receiver.file(path, stat), path, left: stat.size })
      await this.#stream.send({ type: PACKET.REQUEST, id })
    }
    if (this.#nextWaiting === this.#waiting.length) {
      this.#waiting = []
      this.#nextWaiting = 0
    }
  }

  async #data(id: number, data: Uint8Array): Promise<void> {
    const file = this.#open.get(id)
    if (!file) throw directoryFaults.UNASKED(id)
    if (data.length > 0) {
      await this.#write(file, data)
      return
    }
    this.#open.delete(id)
    await file.end()
    await this.#ask()
  }

  /** A file may have grown since it was told of; one that never ends has not. */
  async #write(file: OpenFile, data: Uint8Array): Promise<void> {
    file.left -= data.length
    if (file.left < -GROWTH_BYTES) throw directoryFaults.SIZE(file.path)
    await file.write(data)
  }
}
const GROWTH_BYTES = 1024 * 1024 * 1024

function statOf({ path, mode, size, modified, attributes }: StatMessage): ReceivedStat {
  const names = Object.keys(attributes)
  const bytes = names.reduce((sum, name) => sum + name.length + attributes[name]!.length, 0)
  if (bytes > ATTRIBUTES_BYTES) throw directoryFaults.ATTRIBUTES(path)
  const seconds = Number(modified >= 0n ? modified / SECOND : (modified - SECOND + 1n) / SECOND)
  return {
    mode: permissionsOf(mode),
    size: Math.max(0, size),
    modified: { seconds, nanoseconds: Number(modified - BigInt(seconds) * SECOND) },
    ...(names.length > 0 && {
      attributes: Object.fromEntries(names.map(name => [name, Buffer.from(attributes[name]!).toString('base64')])),
    }),
  }
}
const SECOND = 1_000_000_000n

/** As BuildKit compares: by what is told, time included, not by content. */
function isSame(known: Known | undefined, type: Known['type'], stat: ReceivedStat, linkName: string): boolean {
  if (!known || known.type !== type || known.mode !== stat.mode) return false
  if (!isSameRecord(known.attributes, stat.attributes)) return false
  if (type === 'directory') return true
  if ((known.linkName ?? '') !== linkName) return false
  const isSameTime =
    known.modified.seconds === stat.modified.seconds && known.modified.nanoseconds === stat.modified.nanoseconds
  return isSameTime && (type === 'symlink' || known.size === stat.size)
}

function isSameRecord(a: Record<string, string> = {}, b: Record<string, string> = {}): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every(name => a[name] === b[name])
}
