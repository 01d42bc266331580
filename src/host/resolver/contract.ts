/**
 * The embedded resolver: 127.0.0.11:53, UDP and TCP, inside the namespace of every container on a user-defined network. One
 * process for each daemon (resolver.c); it answers on while no daemon is there, and the next one adopts it. It listens at a port of
 * its own, to which rules in the namespace lead: port 53 stays free for what the container serves itself.
 *
 * It knows networks, the endpoints in them with their names, and sandboxes: the namespaces in which it answers, each of which
 * sees only the networks it is in. What is told here is kept here too, so that a resolver that was killed is started and told
 * everything again; nothing of it is stored: after a daemon's restart `recover` is given all of it.
 *
 * Life: `recover` once, before anything else. At a start: `publish` for each network of the container and `serve`; at its end:
 * `end` and `withdraw`. Connecting a running container: `publish`, then `serve` again with the longer list. The process is started
 * by the first `serve`, and ended when nothing is served any more.
 */
export type Resolver = {
  /** What lives on from an earlier daemon. Adopts a resolver that is there, brings it up to this state, ends it if nothing is served. Never rejects for want of a resolver: it is tried again behind. */
  recover(state: { names: PublishedName[]; sandboxes: ResolverSandbox[] }): Promise<void>
  /** Makes a name known to everybody in the network; one with the same id is replaced. At once here, in the resolver in order with what follows. */
  publish(network: ResolverNetwork, endpoint: ResolverEndpoint): void
  /** Not there is no error. */
  withdraw(endpointId: string): void
  /** Answers inside the namespace when it resolves. Called again for the same id: replaces what was told (networks, servers); the namespace stays. Rejects if the namespace cannot be entered. */
  serve(sandbox: ResolverSandbox): Promise<void>
  /** Nothing of the resolver holds the namespace when it resolves. Not there is no error; never rejects. */
  end(sandboxId: string): Promise<void>
  /** The servers of the host's resolv.conf, for sandboxes that name none of their own. */
  setHostServers(servers: string[]): void
  /** Resolves when nothing of it runs, or, while sandboxes are served, when it is left to the next daemon. */
  stop(): Promise<void>
}

export type PublishedName = { network: ResolverNetwork; endpoint: ResolverEndpoint }

export type ResolverNetwork = { id: string; name: string }

export type ResolverEndpoint = {
  id: string
  networkId: string
  /** Docker's DNSNames: name of the container, aliases, short id, hostname. The first is what a reverse lookup gives (`name.network`). Case does not matter. */
  names: string[]
  /** Of either family, as text, without prefix length. */
  addresses: string[]
}

export type ResolverSandbox = {
  id: string
  /** `<exec-root>/netns/<12 hex characters>`, see src/host/namespaces. */
  namespacePath: string
  /** The first one that knows a name answers. `links`: names that only this container uses, for a name in that network (`--link db:database`). */
  networks: { id: string; links?: Record<string, string> }[]
  /** `--dns`, else the daemon's `dns`: asked from inside the namespace. None: the host's, of which those on loopback, and of IPv6 where the sandbox has none, are asked from the host's namespace. */
  servers: string[]
  /** `ndots` was given by an option and is above 0: names of one label are not forwarded. */
  isNdotsSet: boolean
  /** false while it is in internal networks only: nothing is forwarded, by whatever server (CVE-2024-29018). */
  isForwarding: boolean
  hasIpv6: boolean
}

/** What the container's resolv.conf names. */
export const EMBEDDED_RESOLVER = '127.0.0.11'
