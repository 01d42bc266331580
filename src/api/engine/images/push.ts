import { imageFaults } from '../../../engine/images/faults.ts'
import type { Images } from '../../../engine/images/images.ts'
import { credentialsFromHeader } from '../../../engine/images/registry/credentials.ts'
import { parseReference, repositoryOf, withTag } from '../../../formats/reference/reference.ts'
import type { Operation } from '../../http/operation.ts'
import { platformParameter } from './platform-parameter.ts'
import { progressAnswer } from './progress.ts'

const ID = 'ImagePush'

/** Without `tag` every tag of the repository is pushed, whatever tag the name may have: that is Docker's rule. */
export const imagePush = (images: Pick<Images, 'push'>): Operation => ({
  id: ID,
  method: 'POST',
  path: '/images/{name*}/push',
  handle: async request => {
    const { query, params, headers, version } = request
    const named = parseReference(params.name ?? '')
    if (named.digest) throw imageFaults.IMPORT_DIGEST()
    const tag = query.text('tag')
    const platform = version.atLeast('1.46') ? platformParameter(query) : undefined
    const credentials = credentialsFromHeader(headers['x-registry-auth'])
    const wanted = {
      reference: tag ? withTag(repositoryOf(named), tag) : named,
      ...(platform && { platform }),
      ...(credentials && { credentials }),
    }
    return await progressAnswer(ID, request, (report, signal) => images.push(wanted, report, signal))
  },
})
