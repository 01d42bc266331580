import { basename } from 'node:path'
import { logger } from '../../../base/log.ts'
import { macOfAddress } from '../../../formats/addresses/mac.ts'
import type { Plugged } from '../live-network.ts'
import type { NetworkTable } from '../network-table.ts'
import type { NetworkAttachment } from '../networks.ts'
import { linkOf, type Sandbox } from '../sandbox.ts'
import type { Place } from './gateways.ts'

const log = logger('networks')

/** The way back from what is stored with a container; undefined if it has no namespace of ours. */
export function storedSandbox({ namespacePath, sandboxId }: NetworkAttachment): Sandbox | undefined {
  if (namespacePath === undefined || sandboxId === '') return undefined
  return { id: sandboxId, name: basename(namespacePath), path: namespacePath }
}

/** Its interfaces. One in a network that could not be brought up is left alone. */
export function storedPlaces(attachment: NetworkAttachment, table: NetworkTable, linkPrefix: string): Place[] {
  return Object.entries(storedInterfaces(attachment, linkPrefix)).flatMap(([name, plugged]) => {
    const endpoint = attachment.endpoints[name]
    const network = table.liveOf(endpoint?.NetworkID ?? '')
    if (!network) log.error('a container is in a network that is not up', { network: name })
    return network ? [{ network, plugged, priority: endpoint?.GwPriority ?? 0 }] : []
  })
}

/** Before there were further networks, interfaces were not stored: they follow from the address on the default bridge. */
function storedInterfaces({ interfaces, endpoints }: NetworkAttachment, linkPrefix: string): Record<string, Plugged> {
  if (interfaces) return interfaces
  const { IPAddress, IPPrefixLen = 0, MacAddress } = endpoints['bridge'] ?? {}
  if (!IPAddress) return {}
  const mac = MacAddress || macOfAddress(IPAddress)
  const addresses = [{ address: IPAddress, prefix: IPPrefixLen }]
  return { bridge: { device: 'eth0', link: linkOf(linkPrefix, IPAddress), mac, addresses } }
}
