import type { OciImageConfig } from '../../../formats/oci-image/config.ts'
import { formatPlatform, hostPlatform, type Platform, platformDistance } from '../../../formats/platform/platform.ts'
import type { LoadedImage } from '../../../store/archives/image/load.ts'
import { imageFaults } from '../faults.ts'

/**
 * An archive may hold one name for several platforms: the name goes to the image that suits best, and the others are left out.
 * With a platform that was asked for, only what runs on it is taken. An image without a name is taken as it is.
 */
export function chooseImages(images: LoadedImage[], asked?: Platform): LoadedImage[] {
  const distances = new Map(images.map(image => [image, distanceOf(image.config, asked ?? hostPlatform())]))
  const suiting = asked ? images.filter(image => distances.get(image) !== Number.POSITIVE_INFINITY) : images
  if (suiting.length === 0) throw noneFor(images, asked)
  const owners = new Map<string, LoadedImage>()
  for (const image of suiting.toSorted((a, b) => distances.get(a)! - distances.get(b)!)) {
    for (const tag of image.tags) if (!owners.has(tag)) owners.set(tag, image)
  }
  return suiting.flatMap(image => {
    const tags = [...new Set(image.tags)].filter(tag => owners.get(tag) === image)
    return image.tags.length > 0 && tags.length === 0 ? [] : [{ ...image, tags }]
  })
}

const distanceOf = (config: OciImageConfig, platform: Platform): number =>
  platformDistance(platform, platformOf(config)) ?? Number.POSITIVE_INFINITY

const platformOf = ({ os, architecture, variant }: OciImageConfig): Platform => ({
  os,
  architecture,
  ...(variant && { variant }),
})

function noneFor(images: LoadedImage[], asked: Platform | undefined) {
  const [first] = images
  const actual = first ? formatPlatform(platformOf(first.config)) : 'none'
  return imageFaults.PLATFORM(first?.tags[0] ?? first?.id ?? 'archive', asked ? formatPlatform(asked) : 'any', actual)
}
