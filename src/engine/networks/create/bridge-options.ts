import { networkFaults } from '../faults.ts'
import { OptionReader } from './option-reader.ts'

const BRIDGE = 'com.docker.network.bridge'
export const MTU_OPTION = 'com.docker.network.driver.mtu'
export const MTU_MOST = 65_535
const MODES = ['nat', 'nat-unprotected', 'isolated'] as const
type Mode = (typeof MODES)[number]

/** How a bridge network behaves: Docker's options, read. */
export type BridgeOptions = {
  /** Name of the bridge; undefined: from the network's id. */
  bridge?: string
  mtu?: number
  icc: boolean
  masquerade: boolean
  /** For ports published without an address. */
  bindAddress: string
  modes: { 4: Mode; 6: Mode }
  /** The bridge has no address itself. */
  inhibitIpv4: boolean
  /** `eth` of `eth0`. */
  devicePrefix: string
  /** The address of the host that the world sees, by family. */
  sources: { 4?: string; 6?: string }
  /** Links of the host that may reach containers at their own addresses. */
  trusted: string[]
}

/** Throws Docker's 400 faults, and one for options that nobody knows. */
export function readBridgeOptions(options: Record<string, string>, internal: boolean): BridgeOptions {
  const reader = new OptionReader('bridge', options)
  // says of a network what only the daemon's own bridge is
  reader.flag(`${BRIDGE}.default_bridge`, false)
  const read: BridgeOptions = {
    bridge: reader.link(`${BRIDGE}.name`),
    mtu: checkedMtu(reader.whole(MTU_OPTION)),
    icc: reader.flag(`${BRIDGE}.enable_icc`, true),
    masquerade: reader.flag(`${BRIDGE}.enable_ip_masquerade`, true),
    bindAddress: reader.address(`${BRIDGE}.host_binding_ipv4`, 4) ?? '0.0.0.0',
    modes: {
      4: modeOf(reader, `${BRIDGE}.gateway_mode_ipv4`, internal),
      6: modeOf(reader, `${BRIDGE}.gateway_mode_ipv6`, internal),
    },
    inhibitIpv4: reader.flag(`${BRIDGE}.inhibit_ipv4`, false),
    devicePrefix: devicePrefix(reader.text('com.docker.network.container_iface_prefix')),
    sources: {
      4: reader.address('com.docker.network.host_ipv4', 4),
      6: reader.address('com.docker.network.host_ipv6', 6),
    },
    trusted: trustedOf(reader.text(`${BRIDGE}.trusted_host_interfaces`)),
  }
  reader.finish()
  return read
}

export function checkedMtu(mtu: number | undefined): number | undefined {
  if (mtu !== undefined && (mtu < 0 || mtu > MTU_MOST)) throw networkFaults.BAD_MTU(mtu)
  return mtu || undefined
}

function modeOf(reader: OptionReader, key: string, internal: boolean): Mode {
  const mode = reader.choice(key, MODES, 'nat')
  if (mode === 'isolated' && !internal) throw networkFaults.ISOLATED_NOT_INTERNAL(key)
  return mode
}

function devicePrefix(text = 'eth'): string {
  if (!/^[A-Za-z][\w-]{0,11}$/.test(text))
    throw networkFaults.BAD_LINK_NAME('com.docker.network.container_iface_prefix', text)
  return text
}

function trustedOf(text: string | undefined): string[] {
  const names = text?.split(':').filter(Boolean) ?? []
  const bad = names.find(name => !/^[A-Za-z0-9][\w-]{0,14}$/.test(name))
  if (bad !== undefined) throw networkFaults.BAD_LINK_NAME(`${BRIDGE}.trusted_host_interfaces`, bad)
  return names
}

/** Docker's options that stand for fields of the create body. */
export const FIELD_OPTIONS = ['com.docker.network.enable_ipv4', 'com.docker.network.enable_ipv6'] as const
