import type { ContainerRecord } from './container.ts'
import type { ContainerRows, Promised } from './container-rows.ts'
import { containerFaults } from './faults.ts'
import { LiveContainer } from './live-container.ts'
import { checkName, randomName } from './names.ts'

const FULL_ID = /^[0-9a-f]{64}$/

/** All containers of the daemon by id and by name. Reading never waits: not for a lock, not for the disk. */
export class ContainerTable {
  readonly #byId = new Map<string, LiveContainer>()
  /** Also names of creates that are under way. */
  readonly #ids = new Map<string, string>()
  readonly #rows: ContainerRows

  constructor(rows: ContainerRows) {
    this.#rows = rows
  }

  /** Takes the stored ones in; once, at the start of the daemon. */
  load(): LiveContainer[] {
    for (const record of this.#rows.readAll()) {
      this.#byId.set(record.id, new LiveContainer(record))
      this.#ids.set(record.name, record.id)
    }
    return this.all()
  }

  all(): LiveContainer[] {
    return [...this.#byId.values()]
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  get(id: string): LiveContainer | undefined {
    return this.#byId.get(id)
  }

  /**
   * By full id, name, or unambiguous beginning of an id, in this order: a name that looks like the id of another container
   * never hides it (CVE-2014-5278).
   */
  resolve(given: string): LiveContainer {
    if (given === '') throw containerFaults.EMPTY_NAME()
    const exact = this.#byId.get(given)
    if (exact) return exact
    const named = this.#byId.get(this.#ids.get(given.replace(/^\//, '')) ?? '')
    const found = named ?? this.#byPrefix(given)
    if (!found) throw containerFaults.NOT_FOUND(given)
    return found
  }

  find(given: string): LiveContainer | undefined {
    try {
      return this.resolve(given)
    } catch {
      return undefined
    }
  }

  /** Holds a name for an id; throws 400 and 409 faults. Without a name one is made up. */
  reserve(given: string | undefined, id: string): string {
    const name = given ? checkName(given) : randomName(candidate => this.#ids.has(candidate))
    const holder = this.#ids.get(name)
    if (holder !== undefined) throw containerFaults.NAME_TAKEN(name, holder)
    // A name that is another's full id would be that container to every client.
    if (FULL_ID.test(name) && this.#byId.has(name)) throw containerFaults.NAME_TAKEN(name, name)
    this.#ids.set(name, id)
    return name
  }

  unreserve(name: string): void {
    this.#ids.delete(name)
  }

  insert(record: ContainerRecord, promised: Promised): LiveContainer {
    this.#rows.insert(record, promised)
    const container = new LiveContainer(record)
    this.#byId.set(record.id, container)
    return container
  }

  saveLife(container: LiveContainer, promised: Promised): void {
    if (this.#byId.has(container.id)) this.#rows.writeLife(container.record, promised)
  }

  /** Name and settings; the new name has been reserved before. */
  replace(container: LiveContainer, record: ContainerRecord): void {
    this.#rows.writeAll(record)
    if (record.name !== container.record.name) this.#ids.delete(container.record.name)
    container.record = record
  }

  /** Row first: a directory without a row is swept at the next start, a row without a directory would be half a container. */
  delete(container: LiveContainer, promised: Promised): void {
    this.#rows.delete(container.id, promised)
    this.#byId.delete(container.id)
    this.#ids.delete(container.record.name)
  }

  #byPrefix(given: string): LiveContainer | undefined {
    if (!/^[0-9a-f]{1,64}$/.test(given)) return undefined
    const matches = this.all().filter(({ id }) => id.startsWith(given))
    if (matches.length > 1) throw containerFaults.AMBIGUOUS(given)
    return matches[0]
  }
}
