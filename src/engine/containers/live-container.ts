import type { Socket } from 'node:net'
import type { AttachStreams, Monitor } from '../../host/monitor/monitor.ts'
import type { ContainerRecord } from './container.ts'

/** What a waiter is told. */
export type WaitResult = { code: number; error: string }

/** An attach that came before the start: joined to the monitor as it is made, so that not a byte is missed. */
export type PendingAttachment = {
  streams: AttachStreams
  joined: (socket: Socket) => void
  /** The start has failed, or the container is gone. */
  dropped: () => void
}

/** A container in this daemon's memory: its record, and what of its life no other daemon could know. */
export class LiveContainer {
  record: ContainerRecord
  /** `record.created` with all nine digits: sorts as text. */
  readonly createdKey: string
  /** From launch until the container has ended. */
  monitor: Monitor | undefined
  /** Resolves when the last monitor has released mount, cgroup and runtime state; the id can be used by the runtime again. */
  gone: Promise<void> = Promise.resolve()
  /** Resolves when the current run has ended and all is told. Resolved while it does not run. */
  ended: Promise<void> = Promise.resolve()
  isRemoving = false
  /** A person wants this run to be the last: no restart by policy after it. */
  exitIsWanted = false
  /** `restart` is under way: --rm does not remove it in between. */
  isRestartingByHand = false
  restartTimer: ReturnType<typeof setTimeout> | undefined
  /** Of the next restart by policy; 0: from the beginning. */
  backoffMs = 0
  readonly pending = new Set<PendingAttachment>()
  readonly execIds = new Set<string>()
  /** Files that are being copied into it while it does not run: its removal ends them. */
  readonly copies = new Set<AbortController>()
  /** How often something was copied into it, and what its writable layer was measured at. */
  copyCount = 0
  measured: { at: string | undefined; bytes: number } | undefined
  readonly #exitWaiters = new Set<(result: WaitResult) => void>()
  readonly #removalWaiters = new Set<(result: WaitResult) => void>()

  constructor(record: ContainerRecord) {
    this.record = record
    const [seconds = '', fraction = ''] = record.created.replace(/Z$/, '').split('.')
    this.createdKey = `${seconds}.${fraction.padEnd(9, '0')}`
  }

  get id(): string {
    return this.record.id
  }

  get lastResult(): WaitResult {
    return { code: this.record.state.exitCode, error: '' }
  }

  /** Resolves at the next exit or removal; undefined when the signal aborts first, and then nothing is left behind. */
  nextExit(signal: AbortSignal): Promise<WaitResult | undefined> {
    return wait(this.#exitWaiters, signal)
  }

  removal(signal: AbortSignal): Promise<WaitResult | undefined> {
    return wait(this.#removalWaiters, signal)
  }

  tellExit(): void {
    tell(this.#exitWaiters, this.lastResult)
  }

  tellRemoval(): void {
    tell(this.#exitWaiters, this.lastResult)
    tell(this.#removalWaiters, this.lastResult)
  }

  dropPending(): void {
    for (const attachment of this.pending) attachment.dropped()
    this.pending.clear()
  }
}

type Waiters = Set<(result: WaitResult) => void>

function wait(waiters: Waiters, signal: AbortSignal): Promise<WaitResult | undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise(resolve => {
    const done = (result?: WaitResult) => {
      waiters.delete(done)
      signal.removeEventListener('abort', onAbort)
      resolve(result)
    }
    const onAbort = () => done()
    waiters.add(done)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function tell(waiters: Waiters, result: WaitResult): void {
  for (const waiter of [...waiters]) waiter(result)
}
