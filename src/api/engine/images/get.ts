import type { Images } from '../../../engine/images/images.ts'
import type { Answer, Operation, Query } from '../../http/operation.ts'
import { platformParameter } from './platform-parameter.ts'

export const imageGet = (images: Pick<Images, 'save'>): Operation => ({
  id: 'ImageGet',
  method: 'GET',
  path: '/images/{name*}/get',
  handle: ({ params, query }) => archive(images, [params.name ?? ''], query),
})

export const imageGetAll = (images: Pick<Images, 'save'>): Operation => ({
  id: 'ImageGetAll',
  method: 'GET',
  path: '/images/get',
  handle: ({ query }) => {
    const names = query.all('names').flatMap(list => list.split(','))
    return archive(images, names, query)
  },
})

const archive = (images: Pick<Images, 'save'>, names: string[], query: Query): Answer => ({
  kind: 'stream',
  status: 200,
  contentType: 'application/x-tar',
  body: images.save(names.filter(Boolean), platformParameter(query)),
})
