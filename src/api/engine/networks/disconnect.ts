import { Type } from 'typebox'
import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'

/** `Force` has nothing to add: no endpoint outlives its container. */
const Body = Type.Object({ Container: Type.String(), Force: Type.Optional(Type.Boolean()) })

export const networkDisconnect = (containers: Pick<Containers, 'disconnect'>): Operation => ({
  id: 'NetworkDisconnect',
  method: 'POST',
  path: '/networks/{id}/disconnect',
  handle: async request => {
    const { Container } = await request.json(Body)
    await containers.disconnect(Container, request.params['id']!)
    return empty(200)
  },
})
