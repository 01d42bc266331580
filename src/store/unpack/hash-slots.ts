/** Memory shared between the reading thread and the hashing one: a ring of slots, and words that say which are full. */
export type SharedSlots = { words: Int32Array; memory: Uint8Array; rawFile: number }
export type SlotHashes = { raw: string; diff: string; failure?: { code: string; message: string } }

export const SLOTS = 8
export const SLOT_BYTES = 1024 * 1024
/** Words: 0 slots filled so far, 1 slots done so far, then from 8 on two a slot: length (-1 ends) and what it is for. */
export const PUBLISHED = 0
export const CONSUMED = 1
export const FIRST_SLOT_WORD = 8
export const RAW = 1
export const DIFF = 2

/**
 * Takes slot after slot until the end: bytes marked RAW go into one hash and, if there is one, the file, those marked DIFF into
 * the other hash. It is sent to a worker as its source text, so that a compiled program needs no second file:
 * it may use nothing from outside its own braces.
 */
export function hashSlots({ words, memory, rawFile }: SharedSlots): SlotHashes {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const { writeSync } = process.getBuiltinModule('node:fs')
  const [slots, slotBytes] = [8, 1024 * 1024]
  const raw = createHash('sha256')
  const diff = createHash('sha256')
  let failure: SlotHashes['failure']
  let both = true
  const store = (bytes: Uint8Array) => {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(rawFile, bytes, at, bytes.length - at)
    } catch (thrown) {
      const { code = '', message } = thrown as { code?: string; message: string }
      failure = { code, message }
    }
  }
  for (let turn = 0; ; turn++) {
    while (Atomics.load(words, 0) === turn) Atomics.wait(words, 0, turn)
    const slot = turn % slots
    const length = words[8 + slot * 2]!
    const use = words[9 + slot * 2]!
    if (length < 0) break
    const bytes = memory.subarray(slot * slotBytes, slot * slotBytes + length)
    if (use !== 3) both = false
    if ((use & 1) !== 0) raw.update(bytes)
    // While every slot has been for both, one hash is enough.
    if (use === 2) diff.update(bytes)
    if ((use & 1) !== 0 && rawFile >= 0 && failure === undefined) store(bytes)
    Atomics.store(words, 1, turn + 1)
    Atomics.notify(words, 1)
  }
  const rawHash = raw.digest('hex')
  return { raw: rawHash, diff: both ? rawHash : diff.digest('hex'), ...(failure ? { failure } : {}) }
}
