import type { EndpointSettings } from '../../../formats/engine-api/container.ts'
import { networkFaults } from '../faults.ts'
import type { NetworkRecord } from '../network-spec.ts'
import type { NetworkTable } from '../network-table.ts'
import type { NetworkRequest } from '../networks.ts'
import { modeOf, properName } from '../validate.ts'

/** A network that a container is to be in, and what it wants there. */
export type AskedNetwork = { record: NetworkRecord; asked: EndpointSettings | undefined }

/**
 * The networks of a container's endpoints, or, without any, that of its mode. The mode's comes first: it names `eth0`. Each is
 * there once, whatever it is called by. Throws 404 and 403 faults.
 */
export function askedNetworks({ mode, endpoints, macAddress }: NetworkRequest, table: NetworkTable): AskedNetwork[] {
  const main = properName(mode)
  const names = Object.keys(endpoints)
  const found = new Map<string, AskedNetwork>()
  for (const name of names.length > 0 ? names : [main]) {
    const record = table.find(properName(name))
    if (record.spec.configOnly) throw networkFaults.CONFIG_ONLY(record.name)
    found.set(record.id, { record, asked: endpoints[name] ?? found.get(record.id)?.asked })
  }
  const isMain = ({ record }: AskedNetwork): boolean => record.name === main || record.id === main
  const ordered = [...found.values()].sort((one, other) => Number(isMain(other)) - Number(isMain(one)))
  return macAddress ? withMac(ordered, macAddress) : ordered
}

/** The container's own MAC, from before each endpoint had one, is that of its first interface. */
function withMac([first, ...rest]: AskedNetwork[], macAddress: string): AskedNetwork[] {
  if (!first) return []
  return [{ ...first, asked: { ...first.asked, MacAddress: first.asked?.MacAddress || macAddress } }, ...rest]
}

/** A container that goes into a network by its mode alone, and whether it may be in this one beside others. */
export function refuseMode(mode: string, { record }: Pick<AskedNetwork, 'record'>): void {
  const { kind } = modeOf(mode)
  if (record.name === 'host' || kind === 'host') throw networkFaults.CONNECT_HOST()
  if (record.name === 'none' || kind === 'none') throw networkFaults.CONNECT_NONE()
  if (kind === 'container') throw networkFaults.CONNECT_SHARED()
  if (record.spec.configOnly) throw networkFaults.CONFIG_ONLY(record.name)
}
