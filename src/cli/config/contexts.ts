import { type Endpoint, parseHost, type TlsSettings } from '../../client/endpoint.ts'
import { clientFaults } from '../../client/faults.ts'
import { ContextStore } from './context-store.ts'

/** The daemon that a context names. */
export function contextEndpoint(configDirectory: string, name: string): Endpoint {
  const store = new ContextStore(configDirectory)
  const { docker } = store.read(name).Endpoints
  if (!docker?.Host) throw clientFaults.BAD_CONTEXT(`no docker endpoint configured in context "${name}"`)
  return parseHost(docker.Host, tlsOf(store, name, docker.SkipTLSVerify ?? false))
}

function tlsOf(store: ContextStore, name: string, skipVerify: boolean): TlsSettings | undefined {
  const files = store.tls(name)['docker']
  if (!files) return skipVerify ? { verify: false } : undefined
  const pem = (file: string) => files[file] && new TextDecoder().decode(files[file])
  return { verify: !skipVerify, ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') }
}
