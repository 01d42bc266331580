import { readFileSync, writeFileSync } from 'node:fs'
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

/** Lets packets from 127.0.0.0/8 be routed over the link: for ports published on the host's loopback. Needs the firewall's guard beside it. */
export function setRouteLocalnet(link: string): void {
  writeFileSync(path('ipv4', link, 'route_localnet'), '1')
}

const FORWARD = '/proc/sys/net/ipv4/ip_forward'
export const isForwarding = (): boolean => readFileSync(FORWARD, 'utf8').trim() !== '0'
export const setForwarding = (on: boolean): void => writeFileSync(FORWARD, on ? '1' : '0')
