import type { Images } from '../../../engine/images/images.ts'
import type { Answer, Operation } from '../../http/operation.ts'

export const imageGet = (images: Pick<Images, 'save'>): Operation => ({
  id: 'ImageGet',
  method: 'GET',
  path: '/images/{name*}/get',
  handle: ({ params }) => archive(images, [params.name ?? '']),
})

export const imageGetAll = (images: Pick<Images, 'save'>): Operation => ({
  id: 'ImageGetAll',
  method: 'GET',
  path: '/images/get',
  handle: ({ query }) =>
    archive(
      images,
      query.all('names').flatMap(names => names.split(',')),
    ),
})

const archive = (images: Pick<Images, 'save'>, names: string[]): Answer => ({
  kind: 'stream',
  status: 200,
  contentType: 'application/x-tar',
  body: images.save(names.filter(Boolean)),
})
