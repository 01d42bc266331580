import { Type } from 'typebox'
import type { Containers } from '../../../engine/containers/containers.ts'
import type { EndpointSettings } from '../../../formats/engine-api/container.ts'
import { empty, type Operation } from '../../http/operation.ts'
import { Endpoint } from '../containers/create-schema.ts'

const Body = Type.Object({
  Container: Type.String(),
  EndpointConfig: Type.Optional(Type.Union([Endpoint, Type.Null()])),
})

export const networkConnect = (containers: Pick<Containers, 'connect'>): Operation => ({
  id: 'NetworkConnect',
  method: 'POST',
  path: '/networks/{id}/connect',
  handle: async request => {
    const { Container, EndpointConfig } = await request.json(Body)
    await containers.connect(Container, request.params['id']!, (EndpointConfig ?? {}) as EndpointSettings)
    return empty(200)
  },
})
