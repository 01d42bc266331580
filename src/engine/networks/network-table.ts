import { networkFaults } from './faults.ts'
import type { LiveNetwork } from './live-network.ts'
import type { NetworkRecords } from './network-records.ts'
import { type NetworkRecord, PREDEFINED } from './network-spec.ts'

/** All networks of the daemon, and those of them that are up. Reading never waits. */
export class NetworkTable {
  readonly #records: NetworkRecords
  readonly #own = new Map<string, NetworkRecord>()
  /** By id. */
  readonly #live = new Map<string, LiveNetwork>()
  /** Starts and connects that are under way, by id of the network. */
  readonly #users = new Map<string, number>()

  constructor(records: NetworkRecords) {
    this.#records = records
    for (const record of records.own()) this.#own.set(record.id, record)
  }

  all(): NetworkRecord[] {
    const predefined = PREDEFINED.map(
      name => this.#live.get(this.#records.get(name).id)?.record ?? this.#records.get(name),
    )
    return [...predefined, ...this.own()]
  }

  own(): NetworkRecord[] {
    return [...this.#own.values()]
  }

  live(): LiveNetwork[] {
    return [...this.#live.values()]
  }

  liveOf(id: string): LiveNetwork | undefined {
    return this.#live.get(id)
  }

  /**
   * By full id, name, or unambiguous beginning of an id: a name that looks like the id of another network never hides it.
   * Throws 404 and 400 faults.
   */
  find(idOrName: string): NetworkRecord {
    const all = this.all()
    const exact = all.find(({ id }) => id === idOrName) ?? all.find(({ name }) => name === idOrName)
    if (exact) return exact
    const begun = idOrName === '' ? [] : all.filter(({ id }) => id.startsWith(idOrName))
    if (begun.length > 1) throw networkFaults.AMBIGUOUS(idOrName)
    if (!begun[0]) throw networkFaults.NOT_FOUND(idOrName)
    return begun[0]
  }

  named(name: string): NetworkRecord | undefined {
    return this.all().find(record => record.name === name)
  }

  /** Stored first. */
  insert(record: NetworkRecord): void {
    this.#records.insert(record)
    this.#own.set(record.id, record)
  }

  delete(id: string): void {
    this.#records.delete(id)
    this.#own.delete(id)
    this.#live.delete(id)
  }

  up(network: LiveNetwork): void {
    this.#live.set(network.record.id, network)
  }

  down(id: string): void {
    this.#live.delete(id)
  }

  /** While it is used the network is not removed. */
  use(id: string): Disposable {
    this.#users.set(id, (this.#users.get(id) ?? 0) + 1)
    return { [Symbol.dispose]: () => void this.#users.set(id, (this.#users.get(id) ?? 1) - 1) }
  }

  isUsed(id: string): boolean {
    return (this.#users.get(id) ?? 0) > 0
  }
}
