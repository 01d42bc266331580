/**
 * Detach keys: the sequence that, typed into an attached terminal, leaves the container running and ends the session.
 * Written as a comma-separated list of single characters and `ctrl-<value>`. Source: moby/term, `ToBytes`.
 */
export const DEFAULT_DETACH_KEYS = Uint8Array.of(16, 17)

export class DetachKeysError extends Error {
  override readonly name = 'DetachKeysError'
}

/** The bytes of `ctrl-p,ctrl-q`. Throws {@link DetachKeysError} with Docker's text. */
export function parseDetachKeys(text: string): Uint8Array {
  return Uint8Array.from(text.split(',').map(key => keyByte(key, text)))
}

function keyByte(key: string, whole: string): number {
  if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0)
  const control = /^ctrl-(.)$/.exec(key)?.[1]
  const code = control === undefined ? -1 : controlCode(control)
  if (code < 0) throw new DetachKeysError(`Unknown character: '${key}' in detach keys (${whole})`)
  return code
}

const controlCode = (character: string): number =>
  character >= 'a' && character <= 'z' ? character.charCodeAt(0) - 96 : (SPECIAL[character] ?? -1)

const SPECIAL: Record<string, number> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 }

/**
 * Watches what is typed for the sequence. What may be the beginning of it is held back until it is known not to be
 * (as Docker does), so a single ctrl-p appears with the next key.
 */
export class DetachWatcher {
  readonly #keys: Uint8Array
  #matched = 0

  constructor(keys: Uint8Array) {
    this.#keys = keys
  }

  /** What to pass on, and whether the sequence has been completed; what follows it is dropped. */
  push(chunk: Uint8Array): { pass: Uint8Array; detached: boolean } {
    if (this.#keys.length === 0) return { pass: chunk, detached: false }
    const pass: number[] = []
    for (const byte of chunk) {
      if (this.#step(byte, pass)) return { pass: Uint8Array.from(pass), detached: true }
    }
    return {
      pass: pass.length === chunk.length && this.#matched === 0 ? chunk : Uint8Array.from(pass),
      detached: false,
    }
  }

  /** What was held back, when the input ends. */
  flush(): Uint8Array {
    const held = this.#keys.slice(0, this.#matched)
    this.#matched = 0
    return held
  }

  #step(byte: number, pass: number[]): boolean {
    if (byte !== this.#keys[this.#matched]) {
      pass.push(...this.flush())
      if (byte !== this.#keys[0]) {
        pass.push(byte)
        return false
      }
    }
    return ++this.#matched === this.#keys.length
  }
}
