import type { ContainerRecord } from '../container.ts'
import type { HostFacts } from './host-facts.ts'

/**
 * Kernel settings of the container's namespaces. As Docker: in a network of its own anybody may bind low ports and send
 * pings. The NIS domain name goes this way too, since runc 1.1 has no field for it.
 */
export function sysctlsOf({ config, hostConfig }: ContainerRecord, host: HostFacts): Record<string, string> {
  const { NetworkMode = '', UTSMode } = hostConfig
  const hasOwnNetwork = NetworkMode !== 'host' && !NetworkMode.startsWith('container:')
  return {
    ...(hasOwnNetwork && host.pingGroupRange && { 'net.ipv4.ping_group_range': '0 2147483647' }),
    ...(hasOwnNetwork && host.unprivilegedPorts && { 'net.ipv4.ip_unprivileged_port_start': '0' }),
    ...(config.Domainname && UTSMode !== 'host' && { 'kernel.domainname': config.Domainname }),
    ...dotted(hostConfig.Sysctls ?? {}),
  }
}

/** `net/ipv4/ip_forward` and `net.ipv4.ip_forward` are one setting; checked at create. */
const dotted = (settings: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name.replaceAll('/', '.'), value]))
