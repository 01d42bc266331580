import type { Images } from '../../../engine/images/images.ts'
import { credentialsFromHeader } from '../../../engine/images/registry/credentials.ts'
import { parseReference } from '../../../formats/reference/reference.ts'
import { json, type Operation } from '../../http/operation.ts'

export const distributionInspect = (images: Pick<Images, 'describeRemote'>): Operation => ({
  id: 'DistributionInspect',
  method: 'GET',
  path: '/distribution/{name*}/json',
  since: '1.30',
  handle: async ({ params, headers, signal }) => {
    const credentials = credentialsFromHeader(headers['x-registry-auth'])
    return json(200, await images.describeRemote(parseReference(params.name ?? ''), credentials, signal))
  },
})
