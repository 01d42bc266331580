import { logger } from '../../base/log.ts'
import type { Attributes, EngineEvent, EventType } from './event.ts'
import type { EventHistory } from './event-history.ts'
import { type EventFilters, eventMatches } from './filter.ts'
import { nowNanoseconds } from './nanoseconds.ts'
import { Subscription } from './subscription.ts'

const log = logger('events')
/** What a new subscriber with `since` can still be told; Docker remembers 256, and none over its own restart. */
const REMEMBERED = 1024
/** setTimeout's limit; who asks for a later `until` is there for good. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export type EventQuery = {
  /** Unix nanoseconds; events from then on that are still remembered come first. */
  since?: bigint
  /** Unix nanoseconds; the stream ends then, at once if it is past. */
  until?: bigint
  filters?: EventFilters
  /** Ends the stream. */
  signal?: AbortSignal
}

/** What happens in the engine, told to whoever listens. Emitting never waits and never throws. */
export class Events {
  readonly #remembered: EngineEvent[] = []
  readonly #subscribers = new Map<Subscription, EventFilters>()
  readonly #history: EventHistory | undefined
  readonly #begun = nowNanoseconds()
  #earlier: EngineEvent[] | undefined

  /** Without a history only what this daemon has seen is remembered. */
  constructor(history?: EventHistory) {
    this.#history = history
  }

  get listeners(): number {
    return this.#subscribers.size
  }

  emit(type: EventType, action: string, id: string, attributes: Attributes = {}): void {
    const timeNano = nowNanoseconds()
    const time = Number(timeNano / 1_000_000_000n)
    const event: EngineEvent = {
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: { ...attributes } },
      scope: 'local',
      time,
      timeNano,
    }
    this.#remember(event)
    for (const [subscriber, filters] of this.#subscribers) {
      if (eventMatches(filters, event) && !subscriber.push(event)) this.#letGo(subscriber)
    }
  }

  /** Subscribed from the moment of the call, not of the first read. Without `since` and `until` nothing is replayed. */
  subscribe(query: EventQuery = {}): AsyncIterable<EngineEvent> {
    const filters = query.filters ?? new Map()
    const endings = new AbortController()
    const subscription = new Subscription(this.#replay(query, filters), () => {
      endings.abort()
      this.#subscribers.delete(subscription)
    })
    this.#subscribers.set(subscription, filters)
    const end = () => {
      this.#subscribers.delete(subscription)
      subscription.close()
    }
    endWithSignal(query.signal, endings.signal, end)
    endInTime(query.until, endings.signal, end)
    return subscription
  }

  /** Ends every stream, for the end of the daemon. */
  close(): void {
    for (const subscriber of this.#subscribers.keys()) subscriber.close()
    this.#subscribers.clear()
  }

  #remember(event: EngineEvent): void {
    this.#history?.add(event)
    this.#remembered.push(event)
    if (this.#remembered.length > REMEMBERED) this.#remembered.shift()
  }

  #replay({ since, until }: EventQuery, filters: EventFilters): EngineEvent[] {
    if (since === undefined && until === undefined) return []
    return [...this.#before(since), ...this.#remembered]
      .slice(-REMEMBERED)
      .filter(
        event =>
          event.timeNano >= (since ?? 0n) &&
          (until === undefined || event.timeNano <= until) &&
          eventMatches(filters, event),
      )
  }

  /** Of earlier daemons; read once, when somebody asks so far back. */
  #before(since: bigint | undefined): EngineEvent[] {
    if (!this.#history || (since ?? 0n) >= this.#begun) return []
    this.#earlier ??= this.#history.earlier(REMEMBERED, this.#begun)
    return this.#earlier
  }

  #letGo(subscriber: Subscription): void {
    this.#subscribers.delete(subscriber)
    log.warn('a subscriber that does not read was let go')
  }
}

function endWithSignal(signal: AbortSignal | undefined, over: AbortSignal, end: () => void): void {
  if (signal?.aborted) end()
  else signal?.addEventListener('abort', end, { once: true, signal: over })
}

function endInTime(until: bigint | undefined, over: AbortSignal, end: () => void): void {
  if (until === undefined) return
  const leftMs = Number((until - nowNanoseconds()) / 1_000_000n)
  if (leftMs > LONGEST_TIMER_MS) return
  if (leftMs <= 0) {
    end()
    return
  }
  const timer = setTimeout(end, leftMs)
  over.addEventListener('abort', () => clearTimeout(timer), { once: true })
}
