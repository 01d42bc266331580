import { IPVLAN_FLAGS, IPVLAN_MODES, MACVLAN_MODES } from '../../../host/links/links.ts'
import { networkFaults } from '../faults.ts'
import { checkedMtu, MTU_OPTION } from './bridge-options.ts'
import { OptionReader } from './option-reader.ts'

/** How a macvlan or ipvlan network is made: over which link of the host, and how its containers share it. */
export type VlanOptions = {
  /** As it was named: `eth0`, or `eth0.50` for a VLAN; undefined: a dummy of the network's own. */
  parent?: string
  vlan?: { parent: string; id: number }
  mtu?: number
  over:
    | { kind: 'macvlan'; mode: keyof typeof MACVLAN_MODES }
    | { kind: 'ipvlan'; mode: keyof typeof IPVLAN_MODES; flag: keyof typeof IPVLAN_FLAGS }
}

const keysOf = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[]

/** Throws Docker's 400 faults. Whether the parent is there is seen when the network is made. */
export function readVlanOptions(driver: 'macvlan' | 'ipvlan', options: Record<string, string>): VlanOptions {
  const reader = new OptionReader(driver, options)
  const parent = reader.text('parent')
  const mtu = checkedMtu(reader.whole(MTU_OPTION))
  const over = driver === 'macvlan' ? macvlan(reader) : ipvlan(reader)
  reader.finish()
  return { parent, ...(parent !== undefined && { vlan: vlanOf(parent) }), mtu, over }
}

function macvlan(reader: OptionReader): VlanOptions['over'] {
  const asked = reader.text('macvlan_mode') ?? 'bridge'
  const mode = keysOf(MACVLAN_MODES).find(known => known === asked)
  if (!mode) throw networkFaults.VLAN_MODE('macvlan', asked, 'bridge')
  return { kind: 'macvlan', mode }
}

function ipvlan(reader: OptionReader): VlanOptions['over'] {
  const asked = reader.text('ipvlan_mode') ?? 'l2'
  const mode = keysOf(IPVLAN_MODES).find(known => known === asked)
  if (!mode) throw networkFaults.VLAN_MODE('ipvlan', asked, 'l2')
  const askedFlag = reader.text('ipvlan_flag') ?? 'bridge'
  const flag = keysOf(IPVLAN_FLAGS).find(known => known === askedFlag)
  if (!flag) throw networkFaults.VLAN_FLAG(askedFlag)
  return { kind: 'ipvlan', mode, flag }
}

/** `eth0.50`: the VLAN 50 of eth0, made if it is not there. */
function vlanOf(parent: string): VlanOptions['vlan'] {
  if (!/^[A-Za-z0-9][\w.-]{0,14}$/.test(parent)) throw networkFaults.BAD_LINK_NAME('parent', parent)
  const [, link = '', id = ''] = /^(.+)\.(\d{1,4})$/.exec(parent) ?? []
  return link && Number(id) >= 1 && Number(id) <= 4094 ? { parent: link, id: Number(id) } : undefined
}
