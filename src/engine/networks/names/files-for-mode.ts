import { hostname as machineName } from 'node:os'
import { shortId } from '../../../base/ids.ts'
import type { NetworkRequest } from '../networks.ts'
import type { NetworkingSettings } from '../settings.ts'
import { hostsText, hostsTextOfHost, ownNames } from './hosts-file.ts'
import { hostHosts, hostResolvConf, type NameFiles } from './name-files.ts'
import { embeddedResolution, type Overrides, type Reach, resolvConfText } from './resolv-conf.ts'

/** In bridge networks: its own lines in hosts, resolvers that it can reach. `gateway`: of the default bridge. */
export function bridgeFiles(
  request: NetworkRequest,
  settings: NetworkingSettings,
  place: { gateway: string | undefined; addresses: string[]; reach: 'bridge' | 'embedded' },
): NameFiles {
  const own = { addresses: place.addresses, hostname: nameOf(request), domainname: request.domainname }
  const { extraHosts, links = [] } = request
  const hosts = hostsText({ extraHosts, links, hostGateways: gateways(settings, place.gateway), own })
  return { hosts, ...common(request, settings, place.reach) }
}

/** In no network. */
export function isolatedFiles(request: NetworkRequest, settings: NetworkingSettings): NameFiles {
  const hosts = hostsText({ extraHosts: request.extraHosts, links: [], hostGateways: settings.hostGateways })
  return { hosts, ...common(request, settings, 'bridge') }
}

/** In the host's: its files, with what was asked for. */
export function hostFiles(
  request: NetworkRequest,
  settings: NetworkingSettings,
  gateway: string | undefined,
): NameFiles {
  const hosts = hostsTextOfHost(hostHosts(), request.extraHosts, gateways(settings, gateway))
  return { hosts, ...common({ ...request, hostname: request.hostname || machineName() }, settings, 'host') }
}

function common(request: NetworkRequest, settings: NetworkingSettings, reach: Reach) {
  const resolvConf = resolvConfText(hostResolvConf(), overrides(request, settings), reach)
  return { hostname: `${nameOf(request)}\n`, resolvConf }
}

const nameOf = ({ hostname, containerId }: NetworkRequest): string => hostname || shortId(containerId)

const gateways = ({ hostGateways }: NetworkingSettings, gateway: string | undefined): string[] =>
  hostGateways.length > 0 || gateway === undefined ? hostGateways : [gateway]

/** Each from the container, else from the daemon's configuration. */
const overrides = (request: NetworkRequest, settings: NetworkingSettings): Overrides => ({
  dns: request.dns.length > 0 ? request.dns : settings.dns,
  dnsSearch: request.dnsSearch.length > 0 ? request.dnsSearch : settings.dnsSearch,
  dnsOptions: request.dnsOptions.length > 0 ? request.dnsOptions : settings.dnsOptions,
})

/** What the embedded resolver is told of the container. */
export const resolution = (request: NetworkRequest, settings: NetworkingSettings) =>
  embeddedResolution(hostResolvConf(), overrides(request, settings))

/** The names that /etc/hosts has for the container itself. */
export const ownNamesOf = (request: NetworkRequest): string =>
  ownNames({ hostname: nameOf(request), domainname: request.domainname })
