/** What arrives over a wire, and what becomes of it. Bun's sockets tell the same. */
export type WireEvents = {
  data: (bytes: Uint8Array) => void
  /** More may be written. */
  drain: () => void
  /** The other side writes no more. */
  end: () => void
  error: (failure: Error) => void
}

/** A connection, or the streams of a program that has one. */
export type Wire = {
  /** How many of the bytes it has taken; none until `drain` where it has taken fewer. */
  write: (bytes: Uint8Array) => number
  /** Ends our direction. */
  shutdown: () => void
  terminate: () => void
  pause: () => void
  resume: () => void
}

/** Another way to a daemon than a socket of this machine. */
export type Dial = (events: WireEvents) => Promise<Wire>
