import { basename } from 'node:path'
import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import { findPortProxies, type PortProxy } from '../../host/port-proxy/port-proxy.ts'
import type { Attachments } from './attachments.ts'
import { type BridgeNetwork, openBridge } from './bridge-network.ts'
import type { NetworksContext } from './context.ts'
import type { NetworkAttachment } from './networks.ts'

const log = logger('networks')

/** The networks after `recover`. */
export type Up = { guardsForwarding: boolean; close(): Promise<void> }
type Alive = { containerId: string; name: string; attachment: NetworkAttachment }

/**
 * Brings the networks up around the containers that live. Everything else that carries this instance's names is the remains
 * of a daemon that was killed, at whatever step, and goes.
 */
export async function recoverNetworks(context: NetworksContext, attachments: Attachments, alive: Alive[]): Promise<Up> {
  try {
    return await bringUp(context, attachments, alive)
  } catch (failure) {
    // a daemon that cannot start leaves nothing either
    if (alive.length === 0) await closeNetworks(context, attachments).catch(() => {})
    throw failure
  }
}

async function bringUp(context: NetworksContext, attachments: Attachments, alive: Alive[]): Promise<Up> {
  const { worker, directory, settings, instance } = context
  await worker.call('openNamespaces', { directory })
  const guardsForwarding = settings.ipForward !== false && (await worker.call('openForwarding', null))
  const bridge = await openBridge(
    context,
    alive.some(({ attachment }) => attachment.endpoints['bridge']),
  )
  const proxies = await findPortProxies(context.proxies)
  await stopOrphans(proxies, alive)
  for (const { containerId, name, attachment } of alive) {
    attachments.adopt(containerId, name, attachment, bridge, proxies.get(containerId))
  }
  await removeRemains(context, bridge, attachments)
  await attachments.open(bridge)
  await worker.call('replaceTable', attachments.firewallPlan())
  const chains = await worker.call('acceptForeign', { owner: instance.table, bridges: [instance.bridge] })
  if (chains.length > 0) log.info('accepting container traffic in other firewalls', { chains: chains.join(', ') })
  return { guardsForwarding, close: () => closeNetworks(context, attachments) }
}

async function stopOrphans(proxies: Map<string, PortProxy>, alive: Alive[]): Promise<void> {
  const wanted = new Set(alive.map(({ containerId }) => containerId))
  for (const [containerId, proxy] of proxies) {
    if (wanted.has(containerId)) continue
    await proxy.stop().catch(failure => log.error('a port proxy could not be ended', { error: describe(failure) }))
    proxies.delete(containerId)
  }
}

async function removeRemains(
  { worker, instance, directory, takeDown }: NetworksContext,
  bridge: BridgeNetwork,
  attachments: Attachments,
): Promise<void> {
  const found = await worker.call('survey', { bridge: instance.bridge, directory })
  const kept = attachments.sandboxes
  const names = new Set(kept.map(({ path }) => basename(path)))
  const links = new Set<string>(kept.flatMap(sandbox => ('link' in sandbox ? [sandbox.link] : [])))
  const deadNames = found.namespaces.filter(name => !names.has(name))
  const deadLinks = found.links.filter(link => isOurs(link, instance.linkPrefix) && !links.has(link))
  if (deadNames.length + deadLinks.length > 0) {
    log.info('removing what a killed daemon left', { namespaces: deadNames.length, links: deadLinks.length })
  }
  await takeDown.begin(deadNames.filter(name => /^[0-9a-f]{12}$/.test(name)))
  await bridge.discardLinks(deadLinks)
  const lost = [...links].filter(link => !found.links.includes(link))
  if (lost.length > 0) await worker.call('joinBridge', { bridge: bridge.index, links: lost })
}

const isOurs = (link: string, prefix: string): boolean =>
  link.startsWith(prefix) && /^[0-9a-f]{8}$/.test(link.slice(prefix.length))

/** Nothing of ours stays when no container needs it: no bridge, no rule, and no forwarding that we switched on. */
async function closeNetworks(context: NetworksContext, attachments: Attachments): Promise<void> {
  const { worker, instance, directory, takeDown } = context
  await attachments.close()
  if (!attachments.isEmpty) return
  await takeDown.settled()
  await worker.call('withdrawForeign', { owner: instance.table })
  await worker.call('removeBridge', { name: instance.bridge })
  await worker.call('deleteTable', { table: instance.table })
  await worker.call('closeForwarding', null)
  await worker.call('closeNamespaces', { directory })
}
