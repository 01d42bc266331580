/** Every capability of Linux; the index is its number in the kernel. Source: linux/capability.h of 6.18. */
export const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const
export type Capability = (typeof CAPABILITIES)[number]

/** Docker's 14. */
export const DEFAULT_CAPABILITIES: readonly Capability[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
]

const NOT_WHEN_HARDENED: readonly Capability[] = ['CAP_MKNOD', 'CAP_NET_RAW', 'CAP_AUDIT_WRITE']
/** Podman's 11. */
export const HARDENED_CAPABILITIES: readonly Capability[] = DEFAULT_CAPABILITIES.filter(
  name => !NOT_WHEN_HARDENED.includes(name),
)

const KNOWN: ReadonlySet<string> = new Set(CAPABILITIES)

/** The kernel's name for `net_admin`, `CAP_NET_ADMIN`, …, or `ALL`. An unknown one comes back as `{ unknown }`, spelt as the kernel would. */
export function parseCapability(text: string): Capability | 'ALL' | { unknown: string } {
  const upper = text.toUpperCase()
  if (upper === 'ALL') return 'ALL'
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`
  return KNOWN.has(name) ? (name as Capability) : { unknown: name }
}

/** All capabilities that a kernel knows whose highest number is `last` (/proc/sys/kernel/cap_last_cap). */
export const capabilitiesUpTo = (last: number): Capability[] => CAPABILITIES.slice(0, last + 1)

/**
 * What a container holds, by Docker's rules in this order: `add ALL` gives all but the dropped (`drop ALL` beside it drops
 * nothing); `drop ALL` leaves what is added; otherwise the basis without the dropped and with the added. Nothing beyond
 * `all`, what there is to give away: a runtime fails at one more.
 */
export function effectiveCapabilities(
  basis: readonly Capability[],
  add: readonly (Capability | 'ALL')[],
  drop: readonly (Capability | 'ALL')[],
  all: readonly Capability[],
): Capability[] {
  const named = add.filter(name => name !== 'ALL')
  if (add.includes('ALL')) return all.filter(name => !drop.includes(name))
  const given = drop.includes('ALL') ? named : [...basis.filter(name => !drop.includes(name)), ...named]
  return unique(given).filter(name => all.includes(name))
}

const unique = (names: readonly Capability[]): Capability[] => [...new Set(names)]
