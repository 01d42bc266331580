import { imageFaults } from '../../../engine/images/faults.ts'
import type { Images } from '../../../engine/images/images.ts'
import { formatPlatform, platformDistance } from '../../../formats/platform/platform.ts'
import { type ApiRequest, json, type Operation } from '../../http/operation.ts'
import { platformsParameter } from './platform-parameter.ts'

export const imageDelete = (images: Pick<Images, 'remove' | 'resolve'>): Operation => ({
  id: 'ImageDelete',
  method: 'DELETE',
  path: '/images/{name*}',
  handle: request => {
    const { params, query } = request
    const name = params.name ?? ''
    refuseOtherPlatforms(images, name, request)
    return json(200, images.remove(name, { force: query.flag('force'), noPrune: query.flag('noprune') }))
  },
})

/** An image here has one platform: to remove another one's part of it is to remove nothing. */
function refuseOtherPlatforms(images: Pick<Images, 'resolve'>, name: string, { query }: ApiRequest): void {
  const platforms = platformsParameter(query)
  if (platforms.length === 0) return
  const { platform } = images.resolve(name)
  if (platforms.some(wanted => platformDistance(wanted, platform) === 0)) return
  throw imageFaults.PLATFORM(name, platforms.map(formatPlatform).join(', '), formatPlatform(platform))
}
