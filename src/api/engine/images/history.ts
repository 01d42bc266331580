import type { Images } from '../../../engine/images/images.ts'
import { json, type Operation } from '../../http/operation.ts'
import { platformParameter } from './platform-parameter.ts'

export const imageHistoryDoor = (images: Pick<Images, 'history'>): Operation => ({
  id: 'ImageHistory',
  method: 'GET',
  path: '/images/{name*}/history',
  handle: ({ params, query }) => json(200, images.history(params.name ?? '', platformParameter(query))),
})
