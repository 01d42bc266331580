import { Nftables } from '../syscalls/nftables.ts'
import { port } from './words.ts'

/**
 * In a container's namespace: what is meant for the embedded resolver goes to the port where it listens, and its answers come from
 * where they are expected. Without connection tracking, which would cost every packet of the container; before any chain that a
 * program in the container may have.
 */
const rulesFor = (listening: number): string => {
  const to = port(listening)
  const both = ['udp', 'tcp'].flatMap(protocol => [
    `    ip daddr 127.0.0.11 ${protocol} dport 53 ${protocol} dport set ${to}`,
    `    ip saddr 127.0.0.11 ${protocol} sport ${to} ${protocol} sport set 53`,
  ])
  return `table ip berth_names
delete table ip berth_names
table ip berth_names {
  chain output {
    type filter hook output priority -310; policy accept;
${both.join('\n')}
  }
}`
}

/** In the namespace that the thread is in. In place of what was there. */
export function redirectNames(listening: number): void {
  using nft = new Nftables()
  nft.run(rulesFor(listening))
}
