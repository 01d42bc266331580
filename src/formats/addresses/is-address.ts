/** Whether a text is an address. Written out, because node:net, which knows it too, costs every command milliseconds at its start. */
const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`)
const GROUP = /^[0-9a-fA-F]{1,4}$/
const GROUPS = 8

export const isIpv4 = (text: string): boolean => IPV4.test(text)

/** RFC 4291, section 2.2: eight groups, `::` once for those that are zero, the last two may be an IPv4 address. No zone. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2 || text.length > 45) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const hasIpv4 = last.includes('.')
  if (hasIpv4 && (!isIpv4(last) || text.endsWith('::'))) return false
  const plain = hasIpv4 ? groups.slice(0, -1) : groups
  const count = plain.length + (hasIpv4 ? 2 : 0)
  return plain.every(group => GROUP.test(group)) && (halves.length === 2 ? count < GROUPS : count === GROUPS)
}

export const isAddress = (text: string): boolean => isIpv4(text) || isIpv6(text)
