import { existsSync, readFileSync } from 'node:fs'
import type { NetlinkSocket } from '../syscalls/netlink.ts'
import { parseAttributes } from '../syscalls/netlink-message.ts'

/** Source: linux/netfilter/nf_tables.h. */
const GET_GENERATION = (10 << 8) | 16
const GENERATION_ID = 1
const HEADER_BYTES = 4

/** The kernel's count of nftables transactions, plus what is known of legacy tables: cheap to ask, and it changes when anybody changes a rule. */
export function generation(socket: NetlinkSocket): number {
  const family = new Uint8Array(HEADER_BYTES)
  const answer = socket.get({ type: GET_GENERATION, flags: 0, family, attributes: [] }, 'firewall generation')
  const id = parseAttributes(answer, HEADER_BYTES).get(GENERATION_ID)
  const count = id ? Buffer.from(id).readUInt32BE(0) : 0
  return count * 2 + Number(hasLegacyTables())
}

const LEGACY = '/proc/thread-self/net/ip_tables_names'

/** True if the old iptables has a filter table, which nftables does not show. */
export const hasLegacyTables = (): boolean =>
  existsSync(LEGACY) && readFileSync(LEGACY, 'utf8').split('\n').includes('filter')
