import type { Containers } from '../../../engine/containers/containers.ts'
import { empty, type Operation } from '../../http/operation.ts'
import { terminalSize } from './terminal-size.ts'

export const containerResize = (containers: Pick<Containers, 'resize'>): Operation => ({
  id: 'ContainerResize',
  method: 'POST',
  path: '/containers/{id}/resize',
  handle: ({ params, query }) => {
    const { rows, columns } = terminalSize(query)
    containers.resize(params.id ?? '', rows, columns)
    return empty(200)
  },
})
