import type { NetworkRequest } from '../networks/networks.ts'
import { type ContainerRecord, isRunning } from './container.ts'
import { containerPaths } from './container-paths.ts'
import { type ContainerContext, pathsOf } from './context.ts'
import { containerFaults } from './faults.ts'
import { linkedHosts } from './links.ts'

export type NetworkFiles = { hosts: string; hostname: string; resolvConf: string }

/** What the networks are asked for, at create (to check it) and at each start. */
export function networkRequest({ needs }: Pick<ContainerContext, 'needs'>, record: ContainerRecord): NetworkRequest {
  const { config, hostConfig, networking } = record
  const mode = config.NetworkDisabled ? 'none' : hostConfig.NetworkMode || 'default'
  return {
    containerId: record.id,
    name: record.name,
    mode,
    hostname: config.Hostname ?? '',
    domainname: config.Domainname ?? '',
    portBindings: hostConfig.PortBindings ?? {},
    exposed: Object.keys(config.ExposedPorts ?? {}),
    publishAll: hostConfig.PublishAllPorts ?? false,
    endpoints: networking.EndpointsConfig ?? {},
    macAddress: config.MacAddress,
    dns: hostConfig.Dns ?? [],
    dnsSearch: hostConfig.DnsSearch ?? [],
    dnsOptions: hostConfig.DnsOptions ?? [],
    extraHosts: hostConfig.ExtraHosts ?? [],
    directory: containerPaths(needs.instance, record.id).directory,
  }
}

/** As {@link networkRequest}, with the namespace of the container that `container:<id>` names, which has to run. */
export function networkRequestAtStart(
  context: Pick<ContainerContext, 'needs' | 'table'>,
  record: ContainerRecord,
): NetworkRequest {
  const request = { ...networkRequest(context, record), links: linkedHosts(context, record) }
  const joined = /^container:(.+)$/.exec(request.mode)?.[1]
  return joined === undefined ? request : { ...request, joined: joinedNetwork(context, joined) }
}

/** The hosts, hostname and resolv.conf that a container sees: its own, or those of the container whose network it shares. */
export function networkFilesOf(context: ContainerContext, record: ContainerRecord): NetworkFiles {
  const joined = /^container:(.+)$/.exec(record.hostConfig.NetworkMode ?? '')?.[1]
  const owner = joined === undefined ? undefined : context.table.find(joined)
  const { hosts, hostname, resolvConf } = pathsOf(context, owner ?? record)
  return { hosts, hostname, resolvConf }
}

function joinedNetwork(
  { needs, table }: Pick<ContainerContext, 'needs' | 'table'>,
  given: string,
): NetworkRequest['joined'] {
  const { record } = table.resolve(given)
  if (!isRunning(record.state)) throw containerFaults.JOIN_NOT_RUNNING('network', record.id)
  const { directory } = containerPaths(needs.instance, record.id)
  return { namespacePath: record.attachment?.namespacePath ?? `/proc/${record.state.pid}/ns/net`, directory }
}
