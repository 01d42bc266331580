import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import type { FirewallPlan } from '../../host/firewall/ruleset.ts'
import type { FoundLink } from '../../host/network-worker/bridge.ts'
import { findPortProxies, type PortProxy } from '../../host/port-proxy/port-proxy.ts'
import type { Attachments } from './attachments.ts'
import type { NetworksContext } from './context.ts'
import { openNetwork } from './create/create-network.ts'
import { followHostServers } from './names/host-servers.ts'
import type { NetworkTable } from './network-table.ts'
import type { Alive } from './networks.ts'
import { openDefaultBridge } from './open-bridge.ts'
import { addressOfLink } from './sandbox.ts'

const log = logger('networks')

/** The networks after `recover`. */
export type Up = { guardsForwarding: boolean; close(): Promise<void> }
export type Parts = { context: NetworksContext; table: NetworkTable; attachments: Attachments }

/**
 * Brings the networks up around the containers that live. Everything else that carries this instance's names is the remains
 * of a daemon that was killed, at whatever step, and goes.
 */
export async function recoverNetworks(parts: Parts, alive: Alive[]): Promise<Up> {
  try {
    return await bringUp(parts, alive)
  } catch (failure) {
    // a daemon that cannot start leaves nothing either
    if (alive.length === 0) await closeNetworks(parts).catch(() => {})
    throw failure
  }
}

async function bringUp(parts: Parts, alive: Alive[]): Promise<Up> {
  const { context, table, attachments } = parts
  const { worker, directory, settings } = context
  await worker.call('openNamespaces', { directory })
  const guardsForwarding = settings.ipForward !== false && (await worker.call('openForwarding', null))
  const hasContainers = alive.some(({ attachment }) => attachment.endpoints['bridge'])
  const bridge = await openDefaultBridge(context, hasContainers)
  table.up(bridge)
  await openOwn(context, table)
  const proxies = await findPortProxies(context.proxies)
  await stopOrphans(proxies, alive)
  for (const each of alive) attachments.adopt(each, proxies.get(each.containerId))
  await removeRemains(parts)
  const following = context.resolver && followHostServers(servers => context.resolver?.setHostServers(servers))
  await Promise.all([bridge.open(), attachments.open(), attachments.recoverNames()])
  await refreshFirewall(parts)
  const close = (): Promise<void> => {
    following?.[Symbol.dispose]()
    return closeNetworks(parts)
  }
  return { guardsForwarding, close }
}

/** One that cannot be brought up does not keep the others down: its containers start when it can be. */
async function openOwn(context: NetworksContext, table: NetworkTable): Promise<void> {
  for (const record of table.own().filter(({ spec }) => !spec.configOnly)) {
    try {
      const network = await openNetwork(context, record, false)
      if (network) table.up(network)
    } catch (failure) {
      log.error('a network could not be brought up', { network: record.name, error: describe(failure) })
    }
  }
}

async function stopOrphans(proxies: Map<string, PortProxy>, alive: Alive[]): Promise<void> {
  const wanted = new Set(alive.map(({ containerId }) => containerId))
  for (const [containerId, proxy] of proxies) {
    if (wanted.has(containerId)) continue
    await proxy.stop().catch(failure => log.error('a port proxy could not be ended', { error: describe(failure) }))
    proxies.delete(containerId)
  }
}

async function removeRemains({ context, table, attachments }: Parts): Promise<void> {
  const { worker, instance, directory, takeDown } = context
  const found = await worker.call('survey', { prefix: instance.linkPrefix, directory })
  const kept = attachments.sandboxed
  const names = new Set(kept.map(({ sandbox }) => sandbox.name))
  const links = new Set(kept.flatMap(({ places }) => places.flatMap(({ plugged }) => plugged.link ?? [])))
  const deadNames = found.namespaces.filter(name => !names.has(name))
  const deadLinks = found.links.filter(({ name }) => isOurs(name, instance.linkPrefix) && !links.has(name))
  if (deadNames.length + deadLinks.length > 0) {
    log.info('removing what a killed daemon left', { namespaces: deadNames.length, links: deadLinks.length })
  }
  await takeDown.begin(
    deadNames.filter(name => /^[0-9a-f]{12}$/.test(name)),
    deadLinks.map(({ name }) => dying(name, instance.linkPrefix, table)),
  )
  await restoreLost(found.links, attachments, table)
}

const isOurs = (link: string, prefix: string): boolean =>
  link.startsWith(prefix) && /^[0-9a-f]{8}$/.test(link.slice(prefix.length))

/** A link that nobody owns: its address stays taken until it is gone. */
function dying(link: string, prefix: string, table: NetworkTable) {
  const address = addressOfLink(prefix, link)
  const network = table.live().find(each => each.holds(address))
  const isReserved = network?.reserve(address) ?? false
  return { link, gone: () => (isReserved ? network?.free(address) : undefined) }
}

/** Bridges that were lost under running containers have been made again, without their ports. */
async function restoreLost(found: FoundLink[], attachments: Attachments, table: NetworkTable): Promise<void> {
  const lost = new Set(found.filter(({ master }) => master === 0).map(({ name }) => name))
  const places = attachments.sandboxed.flatMap(each => each.places)
  for (const network of table.live()) {
    const mine = places.filter(place => place.network === network && lost.has(place.plugged.link ?? ''))
    if (mine.length > 0) await network.restore(mine.map(({ plugged }) => plugged))
  }
}

export function firewallPlan({ context, table, attachments }: Parts): FirewallPlan {
  const networks = table.live().flatMap(({ firewall }) => firewall ?? [])
  return { table: context.instance.table, networks, forwards: attachments.forwards }
}

export const bridgesOf = (table: NetworkTable): string[] => table.live().flatMap(({ bridges }) => bridges)

/** The rules for the networks as they are now. */
export async function refreshFirewall(parts: Parts): Promise<void> {
  const { worker, instance } = parts.context
  await worker.call('replaceTable', firewallPlan(parts))
  const chains = await worker.call('acceptForeign', { owner: instance.table, bridges: bridgesOf(parts.table) })
  if (chains.length > 0) log.info('accepting container traffic in other firewalls', { chains: chains.join(', ') })
}

/** Nothing of ours stays when no container needs it: no bridge, no rule, and no forwarding that we switched on. */
async function closeNetworks({ context, table, attachments }: Parts): Promise<void> {
  const { worker, instance, directory, takeDown, resolver } = context
  await resolver?.stop()
  await Promise.all([attachments.close(), ...table.live().map(network => network.close())])
  if (!attachments.isEmpty) return
  await takeDown.settled()
  await worker.call('withdrawForeign', { owner: instance.table })
  for (const network of table.live()) await network.remove()
  await worker.call('removeBridge', { name: instance.bridge })
  await worker.call('deleteTable', { table: instance.table })
  await worker.call('closeForwarding', null)
  await worker.call('closeNamespaces', { directory })
}
