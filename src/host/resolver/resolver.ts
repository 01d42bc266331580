import { describe } from '../../base/faults.ts'
import { KeyedLock } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'
import { errnoName } from '../syscalls/call.ts'
import type { Resolver, ResolverEndpoint, ResolverNetwork, ResolverSandbox } from './contract.ts'
import { ResolverLink } from './resolver-link.ts'

const log = logger('resolver')
/** It is kept so long after the last container: the next one is often not far. */
const LINGER_MS = 5000
const RESTART_MS = 200
const LINKING = 'link'

export type ResolverNeeds = {
  /** The executable (`installNative`). */
  program: string
  /** Where it listens: at most 107 bytes. */
  socket: string
  /** Directory of the namespaces. */
  namespaces: string
  /** In the namespace at the path, what is meant for 127.0.0.11:53 goes to this port from now on. */
  redirect(namespacePath: string, port: number): Promise<void>
}

/** See contract.ts. */
export function openResolver(needs: ResolverNeeds): Resolver {
  return new ResolverProcess(needs)
}

class ResolverProcess implements Resolver {
  readonly #needs: ResolverNeeds
  readonly #lock = new KeyedLock()
  readonly #networks = new Map<string, ResolverNetwork>()
  readonly #endpoints = new Map<string, ResolverEndpoint>()
  readonly #sandboxes = new Map<string, ResolverSandbox>()
  #hostServers: string[] = []
  #link: ResolverLink | undefined
  #lingering: ReturnType<typeof setTimeout> | undefined
  #isStopping = false

  constructor(needs: ResolverNeeds) {
    this.#needs = needs
  }

  async recover({ names, sandboxes }: Parameters<Resolver['recover']>[0]): Promise<void> {
    for (const { network, endpoint } of names) this.publish(network, endpoint)
    for (const sandbox of sandboxes) this.#sandboxes.set(sandbox.id, sandbox)
    await this.#lock.run(LINKING, () => this.#adopt()).catch(failure => this.#retry(failure))
  }

  publish(network: ResolverNetwork, endpoint: ResolverEndpoint): void {
    this.#networks.set(network.id, network)
    this.#endpoints.set(endpoint.id, endpoint)
    this.#link?.mention({ kind: 'network', network })
    this.#link?.mention({ kind: 'endpoint', endpoint })
  }

  withdraw(endpointId: string): void {
    const endpoint = this.#endpoints.get(endpointId)
    if (!endpoint) return
    this.#endpoints.delete(endpointId)
    const { networkId } = endpoint
    const isLast = ![...this.#endpoints.values()].some(other => other.networkId === networkId)
    if (isLast) this.#networks.delete(networkId)
    this.#link?.mention({ kind: 'withdraw', id: endpointId })
  }

  async serve(sandbox: ResolverSandbox): Promise<void> {
    clearTimeout(this.#lingering)
    const link = this.#link ?? (await this.#lock.run(LINKING, () => this.#linked()))
    const port = await link.tell({ kind: 'sandbox', sandbox })
    if (port < 0) throw new Error(`names cannot be served in ${sandbox.namespacePath}: ${errnoName(-port)}`)
    const isNew = !this.#sandboxes.has(sandbox.id)
    this.#sandboxes.set(sandbox.id, sandbox)
    if (isNew) await this.#needs.redirect(sandbox.namespacePath, port)
  }

  async end(sandboxId: string): Promise<void> {
    if (!this.#sandboxes.delete(sandboxId)) return
    await this.#link?.tell({ kind: 'end', id: sandboxId }).catch(() => {})
    if (this.#sandboxes.size > 0) return
    clearTimeout(this.#lingering)
    this.#lingering = setTimeout(() => void this.#lock.run(LINKING, () => this.#quitIfIdle()), LINGER_MS)
    this.#lingering.unref()
  }

  setHostServers(servers: string[]): void {
    this.#hostServers = servers
    this.#link?.mention({ kind: 'host-servers', servers })
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#lingering)
    await this.#lock.run(LINKING, async () => {
      await this.#quitIfIdle()
      this.#link?.close()
      this.#link = undefined
    })
  }

  /** One that lives, brought up to date; started if there is work, ended if there is none. */
  async #adopt(): Promise<void> {
    const link = await ResolverLink.open(this.#needs.socket)
    if (link) await this.#take(link)
    else if (this.#sandboxes.size > 0) await this.#start()
    await this.#quitIfIdle()
  }

  async #linked(): Promise<ResolverLink> {
    return (
      this.#link ??
      (await ResolverLink.open(this.#needs.socket).then(link => link && this.#take(link))) ??
      this.#start()
    )
  }

  async #start(): Promise<ResolverLink> {
    const { program, socket, namespaces } = this.#needs
    const child = Bun.spawn([program, socket, namespaces], { stdio: ['ignore', 'pipe', 'ignore'], env: {}, cwd: '/' })
    child.unref()
    const reader = child.stdout.getReader()
    const { done } = await reader.read()
    await reader.cancel().catch(() => {})
    const link = done ? undefined : await ResolverLink.open(socket)
    if (!link) throw new Error('the resolver did not start')
    return this.#take(link)
  }

  async #take(link: ResolverLink): Promise<ResolverLink> {
    link.mention({ kind: 'begin' })
    link.mention({ kind: 'host-servers', servers: this.#hostServers })
    for (const network of this.#networks.values()) link.mention({ kind: 'network', network })
    for (const endpoint of this.#endpoints.values()) link.mention({ kind: 'endpoint', endpoint })
    const serving = [...this.#sandboxes.values()].map(sandbox => this.#serveAgain(link, sandbox))
    await Promise.all([link.tell({ kind: 'settle' }), ...serving])
    this.#link = link
    void link.closed.then(() => this.#lost(link))
    return link
  }

  async #serveAgain(link: ResolverLink, sandbox: ResolverSandbox): Promise<void> {
    try {
      const port = await link.tell({ kind: 'sandbox', sandbox })
      if (port < 0) throw new Error(errnoName(-port))
      await this.#needs.redirect(sandbox.namespacePath, port)
    } catch (failure) {
      log.error('the names of a container are not served', { sandbox: sandbox.id, error: describe(failure) })
    }
  }

  #lost(link: ResolverLink): void {
    if (this.#link !== link) return
    this.#link = undefined
    if (!this.#isStopping && this.#sandboxes.size > 0) this.#retry('it has ended')
  }

  /** Behind: names fail meanwhile, nothing else does. */
  #retry(reason: unknown): void {
    log.warn('the resolver is started again', { error: describe(reason) })
    setTimeout(() => {
      if (this.#isStopping) return
      this.#lock.run(LINKING, () => this.#linked()).catch(failure => this.#retry(failure))
    }, RESTART_MS).unref()
  }

  async #quitIfIdle(): Promise<void> {
    const link = this.#link
    if (!link || this.#sandboxes.size > 0) return
    this.#link = undefined
    link.mention({ kind: 'quit' })
    await link.closed
  }
}
