import type { Endpoint, TlsSettings } from '../../client/endpoint.ts'
import { clientFaults } from '../../client/faults.ts'
import { ContextStore } from './context-store.ts'
import { endpointOf } from './endpoint-of.ts'

/** The daemon that a context names. */
export async function contextEndpoint(configDirectory: string, name: string): Promise<Endpoint> {
  const store = new ContextStore(configDirectory)
  const { docker } = store.read(name).Endpoints
  if (!docker?.Host) throw clientFaults.BAD_CONTEXT(`no docker endpoint configured in context "${name}"`)
  return await endpointOf(docker.Host, tlsOf(store, name, docker.SkipTLSVerify ?? false))
}

function tlsOf(store: ContextStore, name: string, skipVerify: boolean): TlsSettings | undefined {
  const files = store.tls(name)['docker']
  if (!files) return skipVerify ? { verify: false } : undefined
  const pem = (file: string) => files[file] && new TextDecoder().decode(files[file])
  return { verify: !skipVerify, ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') }
}
