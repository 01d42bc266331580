import type { Http2Connection } from '../../../../wire/http2/connection.ts'
import { buildkitFaults } from './faults.ts'

/** One client's open connection, over which the builder asks it for files, secrets and the like. */
export type Session = {
  readonly id: string
  /** What the client calls it: the name of its directory. */
  readonly name: string
  /** The same for every build of one directory of one client; '' if it has none. */
  readonly sharedKey: string
  /** Paths of the methods that the client offers, in lower case: not all clients write them alike. */
  readonly methods: ReadonlySet<string>
  readonly connection: Http2Connection
}

/** Sessions come by a connection of their own, which may be later than the build that names them. As BuildKit's. */
const WAIT_MS = 5_000
const MAX_SESSIONS = 500

export class Sessions {
  readonly #byId = new Map<string, Session>()
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Before the connection is taken over: afterwards nobody could be told. */
  check(id: string): void {
    if (this.#byId.has(id)) throw buildkitFaults.SESSION_EXISTS(id)
    if (this.#byId.size >= MAX_SESSIONS) throw buildkitFaults.SESSIONS(MAX_SESSIONS)
  }

  /** It is there until its connection is over. */
  async serve(session: Session): Promise<void> {
    this.check(session.id)
    this.#byId.set(session.id, session)
    for (const wake of this.#waiting.get(session.id) ?? []) wake()
    try {
      await session.connection.closed
    } finally {
      this.#byId.delete(session.id)
    }
  }

  async get(id: string, signal: AbortSignal): Promise<Session> {
    if (id !== '' && !this.#byId.has(id)) await this.#arrival(id, signal)
    signal.throwIfAborted()
    const session = this.#byId.get(id)
    if (!session) throw buildkitFaults.NO_SESSION(id)
    return session
  }

  async #arrival(id: string, signal: AbortSignal): Promise<void> {
    const arrived = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, waiting.add(arrived.resolve))
    const timer = setTimeout(arrived.resolve, WAIT_MS)
    signal.addEventListener('abort', () => arrived.resolve(), { once: true })
    await arrived.promise
    clearTimeout(timer)
    waiting.delete(arrived.resolve)
    if (waiting.size === 0) this.#waiting.delete(id)
  }
}
