import type { Ulimit } from '../../../formats/engine-api/common.ts'
import type { OciProcess, OciRlimit } from '../../../formats/oci-runtime/spec.ts'
import type { ContainerRecord } from '../container.ts'
import { parseSecurityOptions } from '../create/security-options.ts'
import { capabilitiesOf, capabilitySets } from './capabilities.ts'
import { environmentOf } from './environment.ts'
import type { HostFacts } from './host-facts.ts'
import type { Surroundings } from './surroundings.ts'

/** Where --init finds its program in the container. */
export const INIT_PATH = '/sbin/docker-init'

/** The first process of a container. */
export function initProcess(container: ContainerRecord, around: Surroundings): OciProcess {
  const { config, hostConfig, path, args } = container
  const command = [path, ...args]
  return {
    terminal: config.Tty ?? false,
    ...(config.Tty && consoleSize(hostConfig.ConsoleSize)),
    user: { uid: around.user.uid, gid: around.user.gid, additionalGids: around.user.additionalGids },
    args: usesInit(container, around) ? [INIT_PATH, '--', ...command] : command,
    env: environmentOf(config, { home: around.user.home, links: around.linkEnvironment }),
    cwd: config.WorkingDir || '/',
    capabilities: capabilitySets(capabilitiesOf(hostConfig, around)),
    rlimits: rlimits(hostConfig.Ulimits, around.defaults.ulimits, around.host),
    noNewPrivileges: hasNoNewPrivileges(container, around),
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
    ...appArmor(container, around),
  }
}

/** An init is no use among the processes of somebody else. */
export function usesInit({ hostConfig }: ContainerRecord, { init, defaults }: Surroundings): boolean {
  return init !== undefined && !hostConfig.PidMode && (hostConfig.Init ?? defaults.init)
}

export function hasNoNewPrivileges(
  { hostConfig }: ContainerRecord,
  { defaults }: Pick<Surroundings, 'defaults'>,
): boolean {
  return parseSecurityOptions(hostConfig.SecurityOpt).noNewPrivileges ?? (defaults.noNewPrivileges || defaults.hardened)
}

export function consoleSize(size: [number, number] | null | undefined): Pick<OciProcess, 'consoleSize'> {
  const [height = 0, width = 0] = size ?? []
  return height > 0 && width > 0 ? { consoleSize: { height, width } } : {}
}

/** A profile has to be loaded by whoever asks for it; none is applied where AppArmor is missing (create has said so). */
export function appArmor(
  { hostConfig }: ContainerRecord,
  { host }: Pick<Surroundings, 'host'>,
): Pick<OciProcess, 'apparmorProfile'> {
  const { appArmor: profile } = parseSecurityOptions(hostConfig.SecurityOpt)
  return host.appArmor && profile !== '' ? { apparmorProfile: profile } : {}
}

const UNLIMITED = 2n ** 64n - 1n

/**
 * The container's own limits over the daemon's; of two with one name the last wins. The daemon's default of open files is
 * lowered to what this process may give; a limit that a person asked for is not, but fails at start.
 */
export function rlimits(
  own: Ulimit[] | null | undefined,
  defaults: Record<string, Ulimit>,
  host: HostFacts,
): OciRlimit[] {
  const byName = new Map<string, Ulimit>()
  for (const limit of Object.values(defaults)) byName.set(limit.Name, lowered(limit, host))
  for (const limit of own ?? []) byName.set(limit.Name.toLowerCase(), limit)
  return [...byName].map(([name, { Soft, Hard }]) => ({
    type: `RLIMIT_${name.toUpperCase()}`,
    soft: Soft === -1 ? UNLIMITED : Soft,
    hard: Hard === -1 ? UNLIMITED : Hard,
  }))
}

function lowered(limit: Ulimit, { openFiles }: HostFacts): Ulimit {
  if (limit.Name !== 'nofile') return limit
  const within = (value: number) => (value === -1 ? openFiles : Math.min(value, openFiles))
  return { ...limit, Soft: within(limit.Soft), Hard: within(limit.Hard) }
}
