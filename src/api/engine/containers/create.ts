import type { Containers } from '../../../engine/containers/containers.ts'
import { parsePlatform } from '../../../formats/platform/platform.ts'
import { json, type Operation } from '../../http/operation.ts'
import { containerCreateOf } from './create-body.ts'
import { CreateBody } from './create-schema.ts'

export const containerCreate = (containers: Pick<Containers, 'create'>): Operation => ({
  id: 'ContainerCreate',
  method: 'POST',
  path: '/containers/create',
  handle: async request => {
    const { query } = request
    const platform = query.text('platform')
    const options = { name: query.text('name'), platform: platform ? parsePlatform(platform) : undefined }
    const body = containerCreateOf(await request.json(CreateBody))
    const { id, warnings } = await containers.create(body, options)
    return json(201, { Id: id, Warnings: warnings })
  },
})
