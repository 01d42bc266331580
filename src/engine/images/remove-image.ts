import { shortId } from '../../base/ids.ts'
import type { Digest } from '../../formats/digest/digest.ts'
import type { ImageDeleteItem } from '../../formats/engine-api/image.ts'
import {
  canonical,
  familiar,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../../formats/reference/reference.ts'
import { chainIds } from './chain-id.ts'
import { imageFaults } from './faults.ts'
import { findImage, isIdPrefix } from './find-image.ts'
import type { UsersOf } from './image.ts'
import type { ImageEvents } from './image-events.ts'
import type { ImageRecords, StoredImage } from './image-records.ts'
import type { Space } from './space.ts'

export type RemoveOptions = { force?: boolean; noPrune?: boolean }
/** What a removal reads and changes; a trial gives it a copy. */
export type RemovableRecords = Pick<
  ImageRecords,
  'all' | 'get' | 'idOf' | 'search' | 'referencesOf' | 'removeReference' | 'remove'
>
export type RemoveNeeds = {
  records: RemovableRecords
  space: Pick<Space, 'release'>
  usersOf: UsersOf
  events: Pick<ImageEvents, 'about'>
}

/**
 * Takes away a reference, or the image with all its references: Docker's rules (moby, daemon/images/image_delete.go), in whose
 * words "soft" conflicts (stopped containers, more than one repository) give way to force, "hard" ones do not.
 */
export function removeImage(needs: RemoveNeeds, name: string, options: RemoveOptions = {}): ImageDeleteItem[] {
  return new Removal(needs, options).run(name)
}

class Removal {
  readonly #needs: RemoveNeeds
  readonly #force: boolean
  readonly #prune: boolean
  readonly #items: ImageDeleteItem[] = []

  constructor(needs: RemoveNeeds, { force = false, noPrune = false }: RemoveOptions) {
    this.#needs = needs
    this.#force = force
    this.#prune = !noPrune
  }

  run(name: string): ImageDeleteItem[] {
    const image = findImage(this.#needs.records, name)
    const byId = isIdPrefix(image.id, name)
    const finished = byId ? this.#untagAll(image) : this.#untagOne(image, name)
    if (!finished) this.#delete(image, this.#force, !byId)
    return this.#items
  }

  /** Named by id: its references go with it if they are all of one name. */
  #untagAll(image: StoredImage): boolean {
    const references = this.#needs.records.referencesOf(image.id)
    if (!isSingle(references)) return false
    const conflict = this.#hardConflict(image) ?? (this.#force ? undefined : this.#stoppedConflict(image))
    if (conflict) throw conflict
    for (const reference of references) this.#untag(image, reference)
    return false
  }

  /** Named by reference: true if the image goes on under another one. */
  #untagOne(image: StoredImage, name: string): boolean {
    const { records, usersOf } = this.#needs
    const [user] = usersOf(image.id)
    if (!this.#force && user && isSingle(records.referencesOf(image.id))) {
      throw imageFaults.REPOSITORY_IN_USE(name, shortId(user.containerId), shortId(image.id))
    }
    const reference = withDefaultTag(parseReference(name))
    this.#untag(image, reference)
    if (!reference.digest) this.#untagOrphanDigests(image, reference)
    return records.referencesOf(image.id).length > 0
  }

  /** Digests of a repository mean nothing to a person once its last tag is gone. */
  #untagOrphanDigests(image: StoredImage, { domain, path }: Reference): void {
    const same = this.#needs.records.referencesOf(image.id).filter(item => item.domain === domain && item.path === path)
    if (same.some(({ digest }) => !digest)) return
    for (const reference of same) this.#untag(image, reference)
  }

  #untag(image: StoredImage, reference: Reference): void {
    this.#needs.records.removeReference(reference)
    this.#items.push({ Untagged: familiar(reference) })
    this.#needs.events.about(image, 'untag')
  }

  /** `quietly`: a reference has been removed already, so that what keeps the image is only told if it keeps it for nothing. */
  #delete(image: StoredImage, force: boolean, quietly: boolean): void {
    const { records, usersOf } = this.#needs
    const conflict = this.#hardConflict(image) ?? (force ? undefined : this.#softConflict(image))
    if (conflict) {
      const isDangling = records.referencesOf(image.id).length === 0 && this.#childrenOf(image.id).length === 0
      if (quietly && (!isDangling || usersOf(image.id).length > 0)) return
      throw conflict
    }
    for (const reference of records.referencesOf(image.id)) this.#untag(image, reference)
    this.#forget(image)
    const parent = this.#prune && image.parent ? records.get(image.parent) : undefined
    if (parent && records.referencesOf(parent.id).length === 0) this.#delete(parent, false, true)
  }

  #forget(image: StoredImage): void {
    const { records, space, usersOf, events } = this.#needs
    events.about(image, 'delete')
    const before = new Set(chainIds(image.diffIds))
    records.remove(image.id, usersOf(image.id).length > 0)
    for (const other of records.all()) for (const chainId of chainIds(other.diffIds)) before.delete(chainId)
    space.release(image.diffIds)
    this.#items.push({ Deleted: image.id }, ...[...before].reverse().map(chainId => ({ Deleted: chainId })))
  }

  #hardConflict(image: StoredImage) {
    if (this.#childrenOf(image.id).length > 0)
      return conflict(image.id, 'cannot be forced', 'image has dependent child images')
    const running = this.#needs.usersOf(image.id).find(user => user.running)
    if (!running) return undefined
    return conflict(
      image.id,
      'cannot be forced',
      `image is being used by running container ${shortId(running.containerId)}`,
    )
  }

  #softConflict(image: StoredImage) {
    if (this.#needs.records.referencesOf(image.id).length > 0) {
      return conflict(image.id, 'must be forced', 'image is referenced in multiple repositories')
    }
    return this.#stoppedConflict(image)
  }

  #stoppedConflict(image: StoredImage) {
    const stopped = this.#needs.usersOf(image.id).find(user => !user.running)
    if (!stopped) return undefined
    return conflict(
      image.id,
      'must be forced',
      `image is being used by stopped container ${shortId(stopped.containerId)}`,
    )
  }

  #childrenOf(id: Digest): StoredImage[] {
    return this.#needs.records.all().filter(({ parent }) => parent === id)
  }
}

const conflict = (id: Digest, force: 'cannot be forced' | 'must be forced', why: string) =>
  imageFaults.CONFLICT(shortId(id), force, why)

/** At most one tag, and digests of that repository alone. */
function isSingle(references: Reference[]): boolean {
  if (references.length <= 1) return references.length === 1
  const tags = references.filter(({ digest }) => !digest)
  const repositories = new Set(references.map(({ domain, path }) => canonical({ domain, path })))
  return tags.length <= 1 && repositories.size === 1
}
