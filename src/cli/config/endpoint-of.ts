import { type Endpoint, parseHost, type TlsSettings } from '../../client/endpoint.ts'

/** Where a host text leads; hosts that are reached through the ssh program as well. */
export async function endpointOf(host: string, tls: TlsSettings | undefined): Promise<Endpoint> {
  if (!host.startsWith('ssh://')) return parseHost(host, tls)
  const { sshEndpoint } = await import('./ssh.ts')
  return sshEndpoint(host)
}
