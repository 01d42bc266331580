import type { Images } from '../../../engine/images/images.ts'
import { referenceFaults } from '../../../formats/reference/faults.ts'
import { empty, type Operation } from '../../http/operation.ts'
import { tagReference } from './tag-parameter.ts'

export const imageTag = (images: Pick<Images, 'tag'>): Operation => ({
  id: 'ImageTag',
  method: 'POST',
  path: '/images/{name*}/tag',
  handle: ({ params, query }) => {
    const reference = tagReference(query.text('repo'), query.text('tag'))
    if (!reference) throw referenceFaults.FORMAT()
    images.tag(params.name ?? '', reference)
    return empty(201)
  },
})
