/** Source: draft-miller-ssh-agent, section 5. */
const LENGTH_BYTES = 4
const LONGEST = 256 * 1024
const FAILURE = 5
const REQUEST_IDENTITIES = 11
const SIGN_REQUEST = 13

/** Takes whole messages out of a stream of bytes in pieces of any size. */
export class AgentMessages {
  #kept: Buffer = Buffer.alloc(0)

  push(bytes: Uint8Array): Buffer[] {
    this.#kept = Buffer.concat([this.#kept, bytes])
    const messages: Buffer[] = []
    while (this.#kept.length >= LENGTH_BYTES) {
      const length = this.#kept.readUInt32BE()
      if (length === 0 || length > LONGEST) throw new Error('no message of an ssh agent')
      const end = LENGTH_BYTES + length
      if (this.#kept.length < end) break
      messages.push(this.#kept.subarray(0, end))
      this.#kept = this.#kept.subarray(end)
    }
    return messages
  }
}

/** Asks for keys or for a signature, and changes nothing. */
export const isHarmless = (message: Buffer): boolean =>
  message[LENGTH_BYTES] === REQUEST_IDENTITIES || message[LENGTH_BYTES] === SIGN_REQUEST

export const AGENT_FAILURE = Buffer.from([0, 0, 0, 1, FAILURE])
