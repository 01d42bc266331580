import type { Resolver, ResolverEndpoint, ResolverSandbox } from '../../../host/resolver/contract.ts'

/** A resolver for tests that answers nobody and shows what it was told. */
export function toldResolver() {
  const endpoints = new Map<string, ResolverEndpoint>()
  const sandboxes = new Map<string, ResolverSandbox>()
  const resolver: Resolver = {
    recover: async state => {
      for (const endpoint of state.endpoints) endpoints.set(endpoint.id, endpoint)
      for (const sandbox of state.sandboxes) sandboxes.set(sandbox.id, sandbox)
    },
    publish: (_network, endpoint) => void endpoints.set(endpoint.id, endpoint),
    withdraw: id => void endpoints.delete(id),
    serve: async sandbox => void sandboxes.set(sandbox.id, sandbox),
    end: async id => void sandboxes.delete(id),
    setHostServers: () => {},
    stop: async () => {},
  }
  return { resolver, endpoints, sandboxes }
}
