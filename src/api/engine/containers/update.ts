import type { Containers } from '../../../engine/containers/containers.ts'
import { json, type Operation } from '../../http/operation.ts'
import { updateOf } from './create-body.ts'
import { UpdateBody } from './create-schema.ts'

export const containerUpdate = (containers: Pick<Containers, 'update'>): Operation => ({
  id: 'ContainerUpdate',
  method: 'POST',
  path: '/containers/{id}/update',
  handle: async request => {
    const asked = updateOf(await request.json(UpdateBody))
    return json(200, { Warnings: await containers.update(request.params.id ?? '', asked) })
  },
})
