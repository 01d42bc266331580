import type { Digest } from '../../../formats/digest/digest.ts'
import type { Reference } from '../../../formats/reference/reference.ts'
import type { ImageRecords } from '../image-records.ts'

/** More places are hardly worth the requests. */
const MOST_PLACES = 2

/**
 * Other repositories of the same registry that should have the layer, since an image with it came from there or went there (which is
 * known by a digest under that name). Nothing is remembered for it.
 */
export function mountPlaces(records: ImageRecords, target: Reference, diffId: Digest): string[] {
  const places = records
    .all()
    .filter(image => image.diffIds.includes(diffId))
    .flatMap(image => records.referencesOf(image.id))
    .filter(({ domain, path, digest }) => digest && domain === target.domain && path !== target.path)
    .map(({ path }) => path)
  return [...new Set(places)].slice(0, MOST_PLACES)
}
