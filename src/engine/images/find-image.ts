import { formatPlatform, type Platform, platformDistance } from '../../formats/platform/platform.ts'
import { familiar, parseImageName, withDefaultTag } from '../../formats/reference/reference.ts'
import { imageFaults } from './faults.ts'
import type { ImageRecords, StoredImage } from './image-records.ts'

type Searchable = Pick<ImageRecords, 'get' | 'idOf' | 'search'>

/**
 * The image that a person names: by reference, full id, or the start of an id that fits one image only. Throws
 * imageFaults.NOT_FOUND, imageFaults.PLATFORM, referenceFaults.
 */
export function findImage(records: Searchable, name: string, platform?: Platform): StoredImage {
  const image = lookUp(records, name)
  if (platform && platformDistance(platform, image.platform) === undefined) {
    throw imageFaults.PLATFORM(name, formatPlatform(platform), formatPlatform(image.platform))
  }
  return image
}

function lookUp(records: Searchable, name: string): StoredImage {
  const parsed = parseImageName(name)
  if (parsed.kind === 'id') {
    const image = records.get(parsed.digest)
    if (image) return image
    throw imageFaults.NOT_FOUND(parsed.digest)
  }
  const id = records.idOf(parsed.reference)
  const image = (id && records.get(id)) ?? records.search(name)
  if (image) return image
  throw imageFaults.NOT_FOUND(familiar(withDefaultTag(parsed.reference)))
}

/** Whether the text names the image by (the start of) its id, and not by a reference. */
export const isIdPrefix = (id: string, name: string): boolean =>
  id.startsWith(name) || id.replace(/^sha256:/, '').startsWith(name)
