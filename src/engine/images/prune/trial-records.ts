import type { Digest } from '../../../formats/digest/digest.ts'
import { canonical, type Reference } from '../../../formats/reference/reference.ts'
import type { StoredImage } from '../image-records.ts'
import type { RemovableRecords } from '../remove-image.ts'

/** The records as they would be after removals: what is removed here is hidden, and nothing else is touched. */
export class TrialRecords implements RemovableRecords {
  readonly #records: RemovableRecords
  readonly #images = new Set<string>()
  readonly #references = new Set<string>()

  constructor(records: RemovableRecords) {
    this.#records = records
  }

  all(): StoredImage[] {
    return this.#records.all().filter(({ id }) => !this.#images.has(id))
  }

  get(id: string): StoredImage | undefined {
    return this.#images.has(id) ? undefined : this.#records.get(id)
  }

  search(prefix: string): StoredImage | undefined {
    const found = this.#records.search(prefix)
    return found && this.get(found.id)
  }

  idOf(reference: Reference): Digest | undefined {
    return this.#references.has(canonical(reference)) ? undefined : this.#records.idOf(reference)
  }

  referencesOf(id: string): Reference[] {
    return this.#records.referencesOf(id).filter(reference => !this.#references.has(canonical(reference)))
  }

  removeReference(reference: Reference): void {
    this.#references.add(canonical(reference))
  }

  remove(id: Digest): void {
    this.#images.add(id)
  }
}
