import { hasKind } from '../../base/faults.ts'
import type { KeyedLock } from '../../base/locks.ts'
import { step } from '../../base/steps.ts'
import type { NetworkCreate } from '../../formats/engine-api/network.ts'
import { createNetwork } from './create/create-network.ts'
import { networkFaults } from './faults.ts'
import { isPredefined, type NetworkRecord } from './network-spec.ts'
import { type Parts, refreshFirewall } from './recovery.ts'

/** Changes of what networks there are: one at a time. */
const CHANGES = 'networks'

/** The networks that people make. */
export class UserNetworks {
  readonly #parts: Parts
  readonly #lock: KeyedLock

  constructor(parts: Parts, lock: KeyedLock) {
    this.#parts = parts
    this.#lock = lock
  }

  create(asked: NetworkCreate): Promise<string> {
    return this.#lock.run(CHANGES, async () => {
      const { context, table } = this.#parts
      const record = await createNetwork(context, table, asked)
      step()
      try {
        await refreshFirewall(this.#parts)
      } catch (failure) {
        await this.#takeAway(record)
        throw failure
      }
      this.#tell('create', record)
      return record.id
    })
  }

  remove(idOrName: string): Promise<void> {
    return this.#lock.run(CHANGES, () => this.#remove(this.#parts.table.find(idOrName)))
  }

  /** Names of those that are gone, or, in a trial, would go. */
  async prune(matches: (record: NetworkRecord) => boolean, isTrial: boolean): Promise<string[]> {
    const names: string[] = []
    for (const record of this.#parts.table.own().filter(matches)) {
      if (!this.#isFree(record)) continue
      if (isTrial || (await this.#removed(record))) names.push(record.name)
    }
    return names
  }

  /** False if a container was quicker, or another removed it. */
  async #removed({ id }: NetworkRecord): Promise<boolean> {
    try {
      await this.remove(id)
      return true
    } catch (failure) {
      if (hasKind(failure, 'forbidden') || hasKind(failure, 'not-found')) return false
      throw failure
    }
  }

  async #remove(record: NetworkRecord): Promise<void> {
    const { name, id } = record
    if (isPredefined(name)) throw networkFaults.REMOVE_PREDEFINED(name)
    if (!this.#isFree(record)) throw networkFaults.HAS_ENDPOINTS(name, id, '')
    if (record.spec.configOnly && this.#isSource(name)) throw networkFaults.CONFIG_IN_USE(name)
    await this.#takeAway(record)
    this.#tell('destroy', record)
  }

  #isFree({ name, id }: NetworkRecord): boolean {
    const { table, attachments } = this.#parts
    return !table.isUsed(id) && Object.keys(attachments.containersIn(name)).length === 0
  }

  #isSource(name: string): boolean {
    return this.#parts.table.own().some(({ spec }) => spec.configFrom === name)
  }

  /** Nobody can get into it from its first step on. */
  async #takeAway({ id }: NetworkRecord): Promise<void> {
    const { table } = this.#parts
    const live = table.liveOf(id)
    table.down(id)
    try {
      await live?.remove()
    } catch (failure) {
      if (live) table.up(live)
      throw failure
    }
    step()
    table.delete(id)
    if (live) await refreshFirewall(this.#parts)
  }

  #tell(action: 'create' | 'destroy', { id, name, spec }: NetworkRecord): void {
    this.#parts.context.events.emit('network', action, id, { name, type: spec.driver })
  }
}
