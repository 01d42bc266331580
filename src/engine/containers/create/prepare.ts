import { hostname } from 'node:os'
import { shortId } from '../../../base/ids.ts'
import type {
  ContainerConfig,
  ContainerCreate,
  HostConfig,
  NetworkingConfig,
} from '../../../formats/engine-api/container.ts'
import type { Image } from '../../images/image.ts'
import { completeLogConfig } from '../../logs/drivers/log-config.ts'
import type { ResolvedMount } from '../resolved-mount.ts'
import { maskedPaths, READONLY_PATHS } from '../spec/protected-paths.ts'
import { checkConfig } from './config.ts'
import { type DaemonDefaults, HARDENED_PIDS } from './daemon-defaults.ts'
import { createFaults } from './faults.ts'
import { checkHostConfig } from './host-config.ts'
import { commandOf, mergeImage, usableDefaults } from './image-config.ts'
import { planMounts, type WantedVolume } from './mounts.ts'
import { checkResources } from './resources.ts'
import { parseSecurityOptions } from './security-options.ts'
import { fullConfig, fullHostConfig, fullNetworking } from './shape.ts'

/** A create body that can be a container: checked, merged with its image, all defaults in it. Plain JSON. */
export type PreparedContainer = {
  config: ContainerConfig
  hostConfig: HostConfig
  networking: NetworkingConfig
  mounts: ResolvedMount[]
  /** To be created (idempotently) and held before the container is stored. */
  volumes: WantedVolume[]
  /** For the answer of create. */
  warnings: string[]
  path: string
  args: string[]
}

/**
 * Turns the body of POST /containers/create into what is stored. Reads the host (devices, sources of mounts), changes
 * nothing. `id` gives the container its host name. Throws faults that answer 400 in Docker's words.
 */
export function prepareCreate(
  body: ContainerCreate,
  image: Pick<Image, 'config'>,
  daemon: DaemonDefaults,
  id = '',
): PreparedContainer {
  refuseNul(body, '')
  const { HostConfig: askedHost, NetworkingConfig: networking, ...asked } = body
  const { hostConfig, warnings } = prepareHostConfig(askedHost ?? {}, daemon)
  const merged = checkConfig(mergeImage(asked, usableDefaults(image.config.config)), hostConfig)
  refuseNul(merged, 'config of the image')
  const command = commandOf(merged)
  const planned = planMounts(merged, hostConfig, daemon)
  return {
    config: fullConfig({ ...merged, Hostname: merged.Hostname || defaultHostname(hostConfig, id) }),
    hostConfig: fullHostConfig(hostConfig),
    networking: fullNetworking(networking),
    ...planned,
    warnings,
    ...command,
  }
}

/** A container in the host's network answers to the host's name, as in Docker. */
const defaultHostname = ({ NetworkMode }: HostConfig, id: string): string =>
  NetworkMode === 'host' ? hostname() : id && shortId(id)

function prepareHostConfig(asked: HostConfig, daemon: DaemonDefaults): { hostConfig: HostConfig; warnings: string[] } {
  checkHostConfig(asked, daemon.host)
  const { resources, warnings } = checkResources(asked, daemon.host)
  const hostConfig: HostConfig = {
    ...resources,
    LogConfig: completeLogConfig(asked.LogConfig, daemon.logConfig),
    Runtime: runtimeName(asked.Runtime, daemon),
    ShmSize: asked.ShmSize || daemon.shmSize,
    MemorySwap: swapLimit(resources),
    PidsLimit: pidsLimit(asked, daemon),
    ...namespaces(asked, daemon),
    ...protectedPaths(asked, daemon),
    SecurityOpt: securityOptions(asked),
  }
  return { hostConfig, warnings: [...warnings, ...hostWarnings(asked, daemon)] }
}

/** The stock CLI sends 0 where a person has said nothing: only -1 asks for no limit. */
const pidsLimit = ({ PidsLimit }: HostConfig, { hardened }: DaemonDefaults): number | null =>
  hardened && !PidsLimit ? HARDENED_PIDS : (PidsLimit ?? null)

/** Docker's rule: as much swap as memory unless said otherwise. */
const swapLimit = ({ Memory = 0, MemorySwap = 0 }: HostConfig): number =>
  Memory > 0 && MemorySwap === 0 ? Memory * 2 : MemorySwap

function runtimeName(asked: string | undefined, daemon: DaemonDefaults): string {
  if (!asked) return daemon.defaultRuntime
  if (!daemon.runtimes.includes(asked)) throw createFaults.RUNTIME(asked)
  return asked
}

/** Names of other containers become ids, so that a rename does not part them. */
function namespaces(asked: HostConfig, daemon: DaemonDefaults): HostConfig {
  const privileged = asked.Privileged ?? false
  const cgroupns = privileged && daemon.host.cgroupVersion === 1 ? 'host' : daemon.cgroupnsMode
  return {
    NetworkMode: joined(networkMode(asked), daemon, false),
    PidMode: joined(asked.PidMode ?? '', daemon, true),
    IpcMode: joined(asked.IpcMode || daemon.ipcMode, daemon, true),
    CgroupnsMode: asked.CgroupnsMode || cgroupns,
  }
}

const networkMode = ({ NetworkMode = '' }: HostConfig): string =>
  NetworkMode === '' || NetworkMode === 'default' ? 'bridge' : NetworkMode

function joined(mode: string, daemon: DaemonDefaults, mustExist: boolean): string {
  if (!mode.startsWith('container:')) return mode
  const name = mode.slice('container:'.length)
  const other = daemon.findContainer(name)
  if (!other && mustExist) throw createFaults.NO_SUCH_CONTAINER(name)
  return other ? `container:${other.id}` : mode
}

/** inspect shows what is hidden; nothing is in a privileged container, or where a client said so by an empty list. */
function protectedPaths(asked: HostConfig, daemon: DaemonDefaults): HostConfig {
  const { unmasked } = parseSecurityOptions(asked.SecurityOpt)
  if (asked.Privileged || unmasked) {
    return { MaskedPaths: asked.MaskedPaths ?? [], ReadonlyPaths: asked.ReadonlyPaths ?? [] }
  }
  return {
    MaskedPaths: asked.MaskedPaths ?? maskedPaths(daemon.host),
    ReadonlyPaths: asked.ReadonlyPaths ?? [...READONLY_PATHS],
  }
}

/** SELinux labels cannot hold where the host's processes are shared: Docker records that. */
function securityOptions({ SecurityOpt, Privileged, PidMode, IpcMode }: HostConfig): string[] | null {
  const isShared = Privileged || PidMode === 'host' || IpcMode === 'host'
  const isLabelled = SecurityOpt?.some(option => /^(label[=:]|disable$)/.test(option))
  return isShared && !isLabelled ? [...(SecurityOpt ?? []), 'label=disable'] : (SecurityOpt ?? null)
}

function hostWarnings(asked: HostConfig, daemon: DaemonDefaults): string[] {
  const warnings: string[] = []
  if (asked.NetworkMode === 'host' && Object.keys(asked.PortBindings ?? {}).length > 0) {
    warnings.push('Published ports are discarded when using host network mode')
  }
  const { appArmor } = parseSecurityOptions(asked.SecurityOpt)
  if (appArmor !== '' && appArmor !== 'unconfined' && !daemon.host.appArmor) {
    warnings.push(`AppArmor is not available on this machine: profile ${appArmor} is not applied`)
  }
  return warnings
}

/** No path, name or variable may hold a NUL byte: the kernel would see less than was checked. */
function refuseNul(value: unknown, field: string): void {
  if (typeof value === 'string' && value.includes('\0')) throw createFaults.NUL(field || 'body')
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Object.entries(value)) {
    if (key.includes('\0')) throw createFaults.NUL(field || 'body')
    refuseNul(item, Array.isArray(value) ? field : field ? `${field}.${key}` : key)
  }
}
