import type { NetlinkSocket } from '../syscalls/netlink.ts'

/** What the worker's thread needs in its own namespace. */
export type Home = { namespace: number; route: NetlinkSocket }
