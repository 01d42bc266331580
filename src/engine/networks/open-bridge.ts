import { networkText, parseIpNetwork } from '../../formats/addresses/ip-network.ts'
import { bridgeCandidates, containerRange } from './addresses/candidates.ts'
import { BridgeNetwork, familyOf } from './bridge-network.ts'
import type { NetworksContext } from './context.ts'
import { type BridgeOptions, readBridgeOptions } from './create/bridge-options.ts'
import { networkFaults } from './faults.ts'
import type { NetworkRecord, NetworkSpec } from './network-spec.ts'

const DEFAULT_READY = { least: 8, most: 32 }
/** A network that somebody uses has one ready; more while many start. */
const OWN_READY = { least: 1, most: 16 }

/** Makes the default bridge, or finds it. While containers are on it, it keeps the address that they know as their gateway. */
export async function openDefaultBridge(context: NetworksContext, hasContainers: boolean): Promise<BridgeNetwork> {
  const { worker, instance, settings, records } = context
  const { cidr: before, ...record } = records.get('bridge')
  const candidates = hasContainers && before ? [before] : bridgeCandidates(settings, before)
  const choices = candidates.map(candidate => [candidate])
  const plan = { name: instance.bridge, mtu: settings.mtu, choices, avoids: true, routeLocalnet: true }
  const made = await worker.call('ensureBridge', plan)
  const cidr = made?.addresses[0]
  if (!made || cidr === undefined) throw networkFaults.NO_SUBNET()
  if (cidr !== before) records.setCidr('bridge', cidr)
  return new BridgeNetwork(context, {
    record: { ...record, spec: defaultSpec(context, record.spec, cidr) },
    options: defaultOptions(context),
    bridge: { name: instance.bridge, index: made.index, isOwn: true },
    ready: DEFAULT_READY,
  })
}

function defaultSpec({ settings }: NetworksContext, spec: NetworkSpec, cidr: string): NetworkSpec {
  const { address, network } = parseIpNetwork(cidr)!
  const range = containerRange(settings, network)
  const subnet = networkText(network)
  return { ...spec, subnets: [{ subnet, gateway: address, range, auxiliary: {}, isAutomatic: true }] }
}

const defaultOptions = ({ instance, settings }: NetworksContext): BridgeOptions => ({
  ...readBridgeOptions({}, false),
  bridge: instance.bridge,
  mtu: settings.mtu,
  icc: settings.icc,
  masquerade: settings.ipMasq ?? true,
  bindAddress: settings.bindAddress,
})

/** Docker's name for the bridge of a network. */
export const bridgeNameOf = (id: string, { bridge }: Pick<BridgeOptions, 'bridge'>): string =>
  bridge ?? `br-${id.slice(0, 12)}`

/**
 * Makes a user-defined network's bridge, or finds it as the last daemon left it. `isNew`: addresses that were chosen, not told,
 * must not meet what the host uses; undefined: they do by now.
 */
export async function openBridge(
  context: NetworksContext,
  record: NetworkRecord,
  isNew: boolean,
): Promise<BridgeNetwork | undefined> {
  const { worker, settings } = context
  const { spec, id } = record
  const options = readBridgeOptions(spec.options, spec.internal)
  const name = bridgeNameOf(id, options)
  const addresses = bridgeAddresses(spec, options)
  if (addresses.some(address => familyOf(address) === 6)) context.forwardsIpv6.opened ||= await openIpv6(context)
  const made = await worker.call('ensureBridge', {
    name,
    mtu: options.mtu ?? settings.mtu,
    choices: [addresses],
    avoids: isNew && spec.subnets.every(({ isAutomatic }) => isAutomatic),
    routeLocalnet: !spec.internal,
  })
  if (!made) return undefined
  return new BridgeNetwork(context, {
    record,
    options,
    bridge: { name, index: made.index, isOwn: made.isOwn },
    ready: OWN_READY,
  })
}

const openIpv6 = ({ worker, settings }: NetworksContext): Promise<boolean> | boolean =>
  settings.ipForward !== false && worker.call('openForwardingIpv6', null)

/** Of the bridge itself. */
function bridgeAddresses({ subnets, internal }: NetworkSpec, { modes, inhibitIpv4 }: BridgeOptions): string[] {
  return subnets.flatMap(({ subnet, gateway }) => {
    const family = familyOf(subnet)
    const isHidden = (internal && modes[family] === 'isolated') || (family === 4 && inhibitIpv4)
    return gateway === undefined || isHidden ? [] : [`${gateway}/${subnet.split('/')[1]}`]
  })
}
