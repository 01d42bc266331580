import { hasKind } from '../../../base/faults.ts'
import { parseTimestamp } from '../../../base/timestamps.ts'
import type { ImageDeleteItem } from '../../../formats/engine-api/image.ts'
import { compilePruneFilters, PRUNE_FILTERS } from '../../../formats/prune-filters/prune-filters.ts'
import { familiar } from '../../../formats/reference/reference.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import { imageSize } from '../describe-image.ts'
import { imageFaults } from '../faults.ts'
import type { StoredImage } from '../image-records.ts'
import { type RemoveNeeds, removeImage } from '../remove-image.ts'
import { TrialRecords } from './trial-records.ts'

export const IMAGE_PRUNE_FILTERS = ['dangling', ...PRUNE_FILTERS] as const
export type ImagePruneQuery = {
  filters: ReadonlyMap<string, readonly string[]> /** Tells what would go, and removes nothing. */
  isTrial: boolean
}
export type PrunedImages = { items: ImageDeleteItem[]; bytes: number }

/**
 * Removes images that no container uses: those without a name and without children, or all (`dangling=false`). Docker's rules
 * (moby, daemon/images/image_prune.go), but an image in use keeps all of its names.
 */
export function pruneImages(needs: RemoveNeeds, layers: Layers, query: ImagePruneQuery): PrunedImages {
  const isWanted = compile(query.filters)
  const trial = { ...needs, records: new TrialRecords(needs.records), space: NO_SPACE, events: NO_EVENTS }
  const own = query.isTrial ? trial : needs
  const before = bytesOf(own.records.all(), layers)
  const sizes = new Map(own.records.all().flatMap(({ diffIds }) => diffIds.map(id => [id, sizeOf(id, layers)])))
  const items = own.records
    .all()
    .filter(image => isWanted(own, image))
    .flatMap(image => removed(own, image))
  const left = new Set(own.records.all().flatMap(({ diffIds }) => diffIds))
  const bytes = before - [...left].reduce((sum, diffId) => sum + (sizes.get(diffId) ?? 0), 0)
  return { items, bytes }
}

const NO_SPACE = { release: () => {} }
const NO_EVENTS = { about: () => {} }

const sizeOf = (diffId: string, layers: Layers): number => imageSize({ diffIds: [diffId] }, layers)
const bytesOf = (images: StoredImage[], layers: Layers): number =>
  imageSize({ diffIds: [...new Set(images.flatMap(({ diffIds }) => diffIds))] }, layers)

function compile(filters: ImagePruneQuery['filters']): (needs: RemoveNeeds, image: StoredImage) => boolean {
  const matches = compilePruneFilters(filters)
  const danglingOnly = readDangling(filters.get('dangling'))
  return ({ records, usersOf }, image) => {
    const references = records.referencesOf(image.id)
    const isParent = records.all().some(({ parent }) => parent === image.id)
    const isDangling = !isParent && references.every(({ digest }) => digest)
    return (
      (danglingOnly ? isDangling : references.length > 0 || !isParent) &&
      usersOf(image.id).length === 0 &&
      matches({ labels: image.config.config.Labels, created: image.created ? parseTimestamp(image.created) : 0n })
    )
  }
}

function readDangling(values: readonly string[] | undefined): boolean {
  if (values === undefined || values.length === 0) return true
  const [value = ''] = values
  if (values.length === 1 && ['1', 'true'].includes(value)) return true
  if (values.length === 1 && ['0', 'false'].includes(value)) return false
  throw imageFaults.FILTER('dangling', values.join(' '))
}

/** By its names, one after the other, or by its id. What turns out to be needed (a child) stays. */
function removed(needs: RemoveNeeds, image: StoredImage): ImageDeleteItem[] {
  const names = needs.records.referencesOf(image.id).map(familiar)
  return (names.length > 0 ? names : [image.id]).flatMap(name => {
    try {
      return removeImage(needs, name)
    } catch (failure) {
      // A tag takes the digests of its repository along; they are gone when their turn comes.
      if (hasKind(failure, 'conflict') || hasKind(failure, 'not-found')) return []
      throw failure
    }
  })
}
