import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hasCode } from '../syscalls/call.ts'

/**
 * Settings below /proc/sys/net. The kernel shows each thread those of the network namespace that the thread is in, so these
 * calls are synchronous: an asynchronous one would run on a thread that is elsewhere.
 */
const LINK_NAME = /^(?!\.{1,2}$)[\w.@-]{1,15}$/
const path = (family: 'ipv4' | 'ipv6', link: string, name: string): string => {
  if (!LINK_NAME.test(link)) throw new TypeError(`not the name of a link: ${JSON.stringify(link)}`)
  return `/proc/sys/net/${family}/conf/${link}/${name}`
}

/** Without it a link has a link-local address and hears router advertisements (CVE-2020-13401, CVE-2024-32473). A kernel without IPv6 has none to switch off. */
export function disableIpv6(link: string): void {
  try {
    writeFileSync(path('ipv6', link, 'disable_ipv6'), '1')
  } catch (failure) {
    if (!hasCode(failure, 'ENOENT')) throw failure
  }
}

/** IPv6 with the addresses that the engine gives, and none that a neighbour advertises. Before the link is up: nothing is heard in between. */
export function enableIpv6(link: string): void {
  for (const [name, value] of [
    ['accept_ra', '0'],
    ['autoconf', '0'],
    ['accept_redirects', '0'],
    ['disable_ipv6', '0'],
  ] as const) {
    writeFileSync(path('ipv6', link, name), value)
  }
}

/** Lets packets from 127.0.0.0/8 be routed over the link: for ports published on the host's loopback. Needs the firewall's guard beside it. */
export function setRouteLocalnet(link: string): void {
  writeFileSync(path('ipv4', link, 'route_localnet'), '1')
}

/** One of a link's own settings, of `ipv4`, `ipv6` or `mpls`, in the namespace that the thread is in. The name has been checked (`readEndpointOptions`). */
export type LinkSysctl = { family: 'ipv4' | 'ipv6' | 'mpls'; section: 'conf' | 'neigh'; name: string; value: string }

export function setLinkSysctl(link: string, { family, section, name, value }: LinkSysctl): void {
  if (!LINK_NAME.test(link) || !/^[a-z0-9_]+$/.test(name)) throw new TypeError(`not a setting of a link: ${name}`)
  writeFileSync(`/proc/sys/net/${family}/${section}/${link}/${name}`, value)
}

const FORWARD = '/proc/sys/net/ipv4/ip_forward'
export const isForwarding = (): boolean => readFileSync(FORWARD, 'utf8').trim() !== '0'
export const setForwarding = (on: boolean): void => writeFileSync(FORWARD, on ? '1' : '0')

const CONF_V6 = '/proc/sys/net/ipv6/conf'
const FORWARD_V6 = `${CONF_V6}/all/forwarding`
export const isForwardingIpv6 = (): boolean => readFileSync(FORWARD_V6, 'utf8').trim() !== '0'

/** Links that hear router advertisements as a host (1) would be deaf once the machine forwards; 2 hears them all the same. */
export function keepRouterAdvertisements(): void {
  for (const link of readdirSync(CONF_V6).filter(name => name !== 'all' && name !== 'default')) {
    const file = `${CONF_V6}/${link}/accept_ra`
    if (existsSync(file) && readFileSync(file, 'utf8').trim() === '1') writeFileSync(file, '2')
  }
}
export const setForwardingIpv6 = (on: boolean): void => writeFileSync(FORWARD_V6, on ? '1' : '0')
