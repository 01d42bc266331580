import { attachContainer, checkAttach } from '../../../engine/containers/attach.ts'
import type { Containers } from '../../../engine/containers/containers.ts'
import type { Operation } from '../../http/operation.ts'
import { WebSocketStream, webSocketHandshake } from '../../http/websocket.ts'
import { readAttach } from './attach.ts'

/** As `attach`, in binary frames and never multiplexed: both streams come as one. */
export const containerAttachWebsocket = (containers: Pick<Containers, 'get' | 'logs' | 'context'>): Operation => ({
  id: 'ContainerAttachWebsocket',
  method: 'GET',
  path: '/containers/{id}/attach/ws',
  handle: request => {
    const given = request.params.id ?? ''
    const container = containers.get(given)
    checkAttach(container, given)
    const handshake = webSocketHandshake(request.headers)
    const attach = readAttach(containers, container, request, true)
    return {
      kind: 'hijack',
      contentType: '',
      handshake,
      run: async connection => {
        const stream = new WebSocketStream(connection)
        await attachContainer(containers.context, container, stream, attach)
        if (!stream.destroyed) await new Promise<void>(resolve => stream.once('close', resolve).end(resolve))
      },
    }
  },
})
