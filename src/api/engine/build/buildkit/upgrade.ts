import type { Http2Options } from '../../../../wire/http2/connection.ts'
import { Http2Connection } from '../../../../wire/http2/connection.ts'
import { transportOf } from '../../../../wire/http2/transport.ts'
import type { Answer, ApiRequest } from '../../../http/operation.ts'
import { buildkitFaults } from './faults.ts'

/** HTTP/2 on the connection of the request, without TLS of its own. */
export function upgradeToHttp2(
  { headers }: ApiRequest,
  options: Http2Options,
  run: (connection: Http2Connection) => Promise<void>,
): Answer {
  const protocol = headers.upgrade ?? ''
  if (protocol === '') throw buildkitFaults.NO_UPGRADE()
  if (protocol !== 'h2c') throw buildkitFaults.PROTOCOL(protocol)
  return {
    kind: 'hijack',
    contentType: '',
    handshake: ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: h2c'],
    run: raw => run(new Http2Connection(transportOf(raw), options)),
  }
}
