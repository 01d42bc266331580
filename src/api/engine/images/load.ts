import type { Images } from '../../../engine/images/images.ts'
import type { Operation } from '../../http/operation.ts'
import { platformParameter } from './platform-parameter.ts'
import { progressAnswer } from './progress.ts'

const ID = 'ImageLoad'

export const imageLoad = (images: Pick<Images, 'load'>): Operation => ({
  id: ID,
  method: 'POST',
  path: '/images/load',
  handle: async request => {
    const platform = platformParameter(request.query)
    const options = { quiet: request.query.flag('quiet', true), ...(platform && { platform }) }
    const source = request.body as AsyncIterable<Uint8Array>
    return await progressAnswer(ID, request, (report, signal) => images.load(source, report, options, signal))
  },
})
