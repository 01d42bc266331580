import type { Containers } from '../../../engine/containers/containers.ts'
import { json, type Operation } from '../../http/operation.ts'
import { tagReference } from '../images/tag-parameter.ts'
import { commitConfigOf } from './create-body.ts'
import { CommitBody } from './create-schema.ts'

export const imageCommit = (containers: Pick<Containers, 'commit'>): Operation => ({
  id: 'ImageCommit',
  method: 'POST',
  path: '/commit',
  handle: async request => {
    const { query, signal } = request
    const config = commitConfigOf(await request.json(CommitBody, { optional: true }))
    const reference = tagReference(query.text('repo'), query.text('tag'))
    const asked = {
      changes: query.all('changes'),
      author: query.text('author') ?? '',
      comment: query.text('comment') ?? '',
      pause: query.text('pause') ? query.flag('pause') : true,
      ...(config && { config }),
      ...(reference && { reference }),
    }
    return json(201, { Id: await containers.commit(query.text('container') ?? '', asked, signal) })
  },
})
