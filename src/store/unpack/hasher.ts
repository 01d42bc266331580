import { constants } from 'node:os'
import { SystemCallError } from '../../host/syscalls/call.ts'
import {
  CONSUMED,
  FIRST_SLOT_WORD,
  hashSlots,
  PUBLISHED,
  type SharedSlots,
  SLOT_BYTES,
  SLOTS,
  type SlotHashes,
} from './hash-slots.ts'

/** From this many full slots on a thread of its own is worth its start of about 2 ms. */
const SLOTS_BEFORE_THREAD = 4

/**
 * Hashes what is read beside the reading, on a second core, and stores the raw bytes. Bytes are put straight into shared
 * memory: `space` gives a free slot, `publish` hands it over. What was published may still be read by the caller until
 * the next call of `space`.
 */
export class Hasher {
  readonly #shared: SharedSlots
  #published = 0
  #worker: Worker | undefined
  #result: Promise<SlotHashes> | undefined

  /** `rawFile` is an open file for the raw bytes, or -1. */
  constructor(rawFile: number) {
    const words = new Int32Array(new SharedArrayBuffer((FIRST_SLOT_WORD + SLOTS * 2) * 4))
    this.#shared = { words, memory: new Uint8Array(new SharedArrayBuffer(SLOTS * SLOT_BYTES)), rawFile }
  }

  /** A free slot of 1 MiB; waits for the other thread if there is none. */
  space(): Uint8Array {
    const { words, memory } = this.#shared
    for (;;) {
      const consumed = Atomics.load(words, CONSUMED)
      if (this.#published - consumed < SLOTS) break
      this.#start()
      Atomics.wait(words, CONSUMED, consumed)
    }
    const at = (this.#published % SLOTS) * SLOT_BYTES
    return memory.subarray(at, at + SLOT_BYTES)
  }

  /** The first `length` bytes of the last `space` are for the hashes named by `use` (RAW, DIFF or both). */
  publish(length: number, use: number): void {
    const { words } = this.#shared
    const word = FIRST_SLOT_WORD + (this.#published % SLOTS) * 2
    words[word] = length
    words[word + 1] = use
    this.#published++
    Atomics.store(words, PUBLISHED, this.#published)
    Atomics.notify(words, PUBLISHED)
    if (this.#published === SLOTS_BEFORE_THREAD) this.#start()
  }

  /** Publishes a copy of the bytes. */
  push(bytes: Uint8Array, use: number): void {
    for (let at = 0; at < bytes.length; at += SLOT_BYTES) {
      const part = bytes.subarray(at, at + SLOT_BYTES)
      this.space().set(part)
      this.publish(part.length, use)
    }
  }

  async finish(): Promise<SlotHashes> {
    this.space()
    this.publish(-1, 0)
    const hashes = this.#result ? await this.#result : hashSlots(this.#shared)
    this.#worker?.terminate()
    if (hashes.failure) throw diskError(hashes.failure)
    return hashes
  }

  #start(): void {
    if (this.#worker) return
    const source = `self.onmessage = event => postMessage((${hashSlots.toString()})(event.data))`
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
    const worker = new Worker(url)
    this.#worker = worker
    this.#result = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: { data: SlotHashes }) => resolve(data)
      worker.onerror = event => reject(new Error(event.message))
    })
    worker.postMessage(this.#shared)
  }
}

function diskError({ code, message }: { code: string; message: string }): Error {
  const errno = constants.errno[code as keyof typeof constants.errno]
  return errno === undefined ? new Error(message) : new SystemCallError(errno, 'write')
}
