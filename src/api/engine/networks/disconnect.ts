import { Type } from 'typebox'
import type { Containers } from '../../../engine/containers/containers.ts'
import { networkFaults } from '../../../engine/networks/faults.ts'
import { empty, type Operation } from '../../http/operation.ts'

/** `Force` removes an endpoint without its container; here none outlives it. */
const Body = Type.Object({ Container: Type.String(), Force: Type.Optional(Type.Boolean()) })

export const networkDisconnect = (containers: Pick<Containers, 'disconnect' | 'find'>): Operation => ({
  id: 'NetworkDisconnect',
  method: 'POST',
  path: '/networks/{id}/disconnect',
  handle: async request => {
    const { Container, Force } = await request.json(Body)
    if (Force && !containers.find(Container)) throw networkFaults.NO_ENDPOINT(Container)
    await containers.disconnect(Container, request.params['id']!)
    return empty(200)
  },
})
