import { isIPv6 } from 'node:net'
import { formatIpv4, ipv4Bytes, ipv4OfBytes, parseIpv4 } from './ipv4.ts'

/** An address of either family. `bytes`: 4 or 16, in network order. */
export type IpAddress = { family: 4 | 6; bytes: Uint8Array; text: string }

/** Understands what Go's netip.ParseAddr does; zones (`%eth0`) are refused. `text` is the canonical spelling. */
export function parseIp(text: string): IpAddress | undefined {
  const v4 = parseIpv4(text)
  if (v4 !== undefined) return { family: 4, bytes: ipv4Bytes(v4), text }
  if (!isIPv6(text) || text.includes('%')) return undefined
  const bytes = ipv6Bytes(text)
  return bytes && { family: 6, bytes, text: formatIpv6(bytes) }
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  const tail = /(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1]
  const v4 = tail === undefined ? undefined : parseIpv4(tail)
  if (tail !== undefined && v4 === undefined) return undefined
  const hex = tail === undefined ? text : text.slice(0, -tail.length) + groupsOfV4(v4 ?? 0)
  const [head = '', rest] = hex.split('::')
  const left = head.split(':').filter(Boolean)
  const right = (rest ?? '').split(':').filter(Boolean)
  const gap = rest === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array<string>(gap).fill('0'), ...right].map(group => Number.parseInt(group, 16))
  return Uint8Array.from(groups.flatMap(group => [group >> 8, group & 255]))
}

const groupsOfV4 = (address: number): string => `${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`

/** RFC 5952: the longest run of zero groups is left out. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0))
  if (groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(ipv4OfBytes(bytes.subarray(12)))}`
  }
  const { start, length } = longestZeros(groups)
  const hex = groups.map(group => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function longestZeros(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0 && start + length < groups.length) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

export const isLoopback = ({ family, bytes }: IpAddress): boolean =>
  family === 4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))
export const isUnspecified = ({ bytes }: IpAddress): boolean => bytes.every(byte => byte === 0)
