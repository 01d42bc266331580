import { hostname as machineName } from 'node:os'
import { shortId } from '../../../base/ids.ts'
import { formatIpv4 } from '../../../formats/addresses/ipv4.ts'
import type { NetworkRequest } from '../networks.ts'
import type { NetworkingSettings } from '../settings.ts'
import { hostsText, hostsTextOfHost } from './hosts-file.ts'
import { hostHosts, hostResolvConf, type NameFiles } from './name-files.ts'
import { type Overrides, resolvConfText } from './resolv-conf.ts'

/** In a bridge network: its own line in hosts, resolvers that it can reach. */
export function bridgeFiles(
  request: NetworkRequest,
  settings: NetworkingSettings,
  gateway: number,
  address: number,
): NameFiles {
  const own = { address: formatIpv4(address), hostname: nameOf(request), domainname: request.domainname }
  const hosts = hostsText({ extraHosts: request.extraHosts, hostGateways: gateways(settings, gateway), own })
  return { hosts, ...common(request, settings, 'bridge') }
}

/** In no network. */
export function isolatedFiles(request: NetworkRequest, settings: NetworkingSettings): NameFiles {
  const hosts = hostsText({ extraHosts: request.extraHosts, hostGateways: settings.hostGateways })
  return { hosts, ...common(request, settings, 'bridge') }
}

/** In the host's: its files, with what was asked for. */
export function hostFiles(
  request: NetworkRequest,
  settings: NetworkingSettings,
  gateway: number | undefined,
): NameFiles {
  const hosts = hostsTextOfHost(hostHosts(), request.extraHosts, gateways(settings, gateway))
  return { hosts, ...common({ ...request, hostname: request.hostname || machineName() }, settings, 'host') }
}

function common(request: NetworkRequest, settings: NetworkingSettings, reach: 'bridge' | 'host') {
  const resolvConf = resolvConfText(hostResolvConf(), overrides(request, settings), reach)
  return { hostname: `${nameOf(request)}\n`, resolvConf }
}

const nameOf = ({ hostname, containerId }: NetworkRequest): string => hostname || shortId(containerId)

const gateways = ({ hostGateways }: NetworkingSettings, gateway: number | undefined): string[] =>
  hostGateways.length > 0 || gateway === undefined ? hostGateways : [formatIpv4(gateway)]

/** Each from the container, else from the daemon's configuration. */
const overrides = (request: NetworkRequest, settings: NetworkingSettings): Overrides => ({
  dns: request.dns.length > 0 ? request.dns : settings.dns,
  dnsSearch: request.dnsSearch.length > 0 ? request.dnsSearch : settings.dnsSearch,
  dnsOptions: request.dnsOptions.length > 0 ? request.dnsOptions : settings.dnsOptions,
})
