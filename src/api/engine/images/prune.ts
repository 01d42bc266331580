import type { Images } from '../../../engine/images/images.ts'
import { IMAGE_PRUNE_FILTERS } from '../../../engine/images/prune/prune-images.ts'
import { json, type Operation } from '../../http/operation.ts'

/** `dry-run` is ours: the answer is the same, and nothing is removed. */
export const imagePrune = (images: Pick<Images, 'prune'>): Operation => ({
  id: 'ImagePrune',
  method: 'POST',
  path: '/images/prune',
  since: '1.25',
  handle: async ({ query }) => {
    const filters = query.filters(IMAGE_PRUNE_FILTERS)
    const { items, bytes } = await images.prune({ filters, isTrial: query.flag('dry-run') })
    return json(200, { ImagesDeleted: items.length === 0 ? null : items, SpaceReclaimed: bytes })
  },
})
