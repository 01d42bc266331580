import { defineFaults } from '../../../base/faults.ts'
import type { Images } from '../../../engine/images/images.ts'
import { credentialsFromHeader } from '../../../engine/images/registry/credentials.ts'
import { type Platform, parsePlatform } from '../../../formats/platform/platform.ts'
import type { Answer, ApiRequest, Operation } from '../../http/operation.ts'
import { progressAnswer } from './progress.ts'
import { pullReference, tagReference } from './tag-parameter.ts'

const ID = 'ImageCreate'
const faults = defineFaults('IMAGE_CREATE', {
  SOURCE_MISSING: { kind: 'invalid', message: () => 'one of fromImage and fromSrc is required' },
})

/** Pull (`fromImage`) and import (`fromSrc`). */
export const imageCreate = (images: Pick<Images, 'pull' | 'import'>): Operation => ({
  id: ID,
  method: 'POST',
  path: '/images/create',
  handle: async request => {
    const image = request.query.text('fromImage')
    const source = request.query.text('fromSrc')
    if (image) return await pull(images, image, request)
    if (source) return await importFrom(images, source, request)
    throw faults.SOURCE_MISSING()
  },
})

async function pull(images: Pick<Images, 'pull'>, image: string, request: ApiRequest): Promise<Answer> {
  const { query, headers } = request
  const reference = pullReference(image, query.text('tag'))
  const platform = platformOf(request)
  const credentials = credentialsFromHeader(headers['x-registry-auth'])
  const wanted = { reference, ...(platform && { platform }), ...(credentials && { credentials }) }
  return await progressAnswer(ID, request, (report, signal) => images.pull(wanted, report, signal))
}

async function importFrom(images: Pick<Images, 'import'>, from: string, request: ApiRequest): Promise<Answer> {
  const { query, body } = request
  const reference = tagReference(query.text('repo'), query.text('tag'))
  const platform = platformOf(request)
  const wanted = {
    source: from === '-' ? (body as AsyncIterable<Uint8Array>) : { url: from },
    changes: query.all('changes'),
    message: query.text('message'),
    ...(reference && { reference }),
    ...(platform && { platform }),
  }
  return await progressAnswer(ID, request, async (report, signal) => {
    report({ status: await images.import(wanted, report, signal) })
  })
}

function platformOf({ query, version }: ApiRequest): Platform | undefined {
  const text = version.atLeast('1.32') ? query.text('platform') : undefined
  return text ? parsePlatform(text) : undefined
}
