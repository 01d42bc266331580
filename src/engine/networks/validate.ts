import { parseIp } from '../../formats/addresses/ip.ts'
import { parseMac } from '../../formats/addresses/mac.ts'
import type { EndpointSettings } from '../../formats/engine-api/container.ts'
import { networkFaults } from './faults.ts'
import { splitExtraHost } from './names/hosts-file.ts'
import type { NetworkRequest } from './networks.ts'
import { planPorts } from './ports/port-plan.ts'

/** What a mode means. */
export type Mode = { kind: 'bridge' | 'host' | 'none' | 'container' } | { kind: 'network'; name: string }

/** `default` is the bridge. */
export const properName = (network: string): string => (network === 'default' || network === '' ? 'bridge' : network)

export function modeOf(mode: string): Mode {
  if (mode === '' || mode === 'default' || mode === 'bridge') return { kind: 'bridge' }
  if (mode === 'host' || mode === 'none') return { kind: mode }
  if (mode === 'container' || mode.startsWith('container:')) return { kind: 'container' }
  return { kind: 'network', name: mode }
}

/** Throws Docker's 400 fault for the first thing that cannot be. Whether a network exists is only asked at the start, as with Docker. */
export function validateRequest(request: NetworkRequest, bindAddress: string): void {
  const mode = modeOf(request.mode)
  if (mode.kind === 'container') validateJoin(request)
  validateNames(request)
  planPorts(request, bindAddress, true)
  validateEndpoints(request, mode)
}

function validateJoin({ mode, dns, extraHosts, macAddress, portBindings, publishAll }: NetworkRequest): void {
  if (!/^container:.+/.test(mode)) throw networkFaults.BAD_MODE()
  if (dns.length > 0) throw networkFaults.CONFLICT_DNS()
  if (extraHosts.length > 0) throw networkFaults.CONFLICT_HOSTS()
  if (macAddress) throw networkFaults.CONFLICT_MAC()
  if (publishAll || Object.keys(portBindings).length > 0) throw networkFaults.CONFLICT_PUBLISH()
}

const BLANK = /[\s\p{Cc}]/u

/** Everything here becomes a line or a word of hosts or resolv.conf: a blank in it would become another word, a newline another line. */
function validateNames({ dns, dnsSearch, dnsOptions, extraHosts, hostname, domainname }: NetworkRequest): void {
  for (const server of dns) if (!parseIp(server)) throw networkFaults.BAD_DNS(server)
  const named = { 'dns-search': dnsSearch, 'dns-option': dnsOptions, hostname: [hostname], domainname: [domainname] }
  for (const [field, texts] of Object.entries(named)) {
    for (const text of texts) if (BLANK.test(text)) throw networkFaults.BAD_NAME(field, text)
  }
  for (const text of extraHosts) validateExtraHost(text)
}

function validateExtraHost(text: string): void {
  const { name, address } = splitExtraHost(text)
  if (!text.includes(':') || name === '' || BLANK.test(name)) throw networkFaults.BAD_EXTRA_HOST(text)
  if (address !== 'host-gateway' && !parseIp(address)) throw networkFaults.BAD_EXTRA_ADDRESS(address)
}

function validateEndpoints({ endpoints, macAddress }: NetworkRequest, mode: Mode): void {
  const names = Object.keys(endpoints)
  if (names.length > 1 && (mode.kind === 'host' || names.includes('host'))) throw networkFaults.HOST_AND_MORE()
  if (macAddress && !parseMac(macAddress)) throw networkFaults.BAD_MAC('bridge', macAddress)
  for (const [name, settings] of Object.entries(endpoints)) if (settings) validateEndpoint(properName(name), settings)
}

/** The predefined networks have no addresses to choose and no names of their own. */
function validateEndpoint(name: string, { IPAMConfig, Aliases, MacAddress }: EndpointSettings): void {
  if (MacAddress && !parseMac(MacAddress)) throw networkFaults.BAD_MAC(name, MacAddress)
  if (modeOf(name).kind === 'network') return
  if (IPAMConfig?.IPv4Address || IPAMConfig?.IPv6Address) throw networkFaults.NO_FIXED_ADDRESS(name)
  if (Aliases && Aliases.length > 0) throw networkFaults.NO_ALIAS(name)
}
