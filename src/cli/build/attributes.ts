import { CommandFailure } from '../failures.ts'
import type { Environment } from '../settings.ts'
import type { BuildOptions } from './build-options.ts'
import { csvLine } from './csv-pairs.ts'

/** What the frontend is told, by BuildKit's names. */
export function frontendAttributes(options: BuildOptions, environment: Environment): Record<string, string> {
  const { target, network, shmSize, cgroupParent } = options
  return {
    'image-resolve-mode': options.pull ? 'pull' : 'local',
    ...(target && { target }),
    ...(options.call === 'check' && { requestid: 'frontend.lint' }),
    ...(network && network !== 'default' && { 'force-network-mode': network }),
    ...(shmSize > 0 && { 'shm-size': String(shmSize) }),
    ...(cgroupParent && { 'cgroup-parent': cgroupParent }),
    ...listed(
      'platform',
      options.platforms.flatMap(platform => platform.split(',')),
    ),
    ...listed('ulimit', options.ulimits),
    ...listed('add-hosts', options.extraHosts.map(hostOf)),
    ...noCache(options),
    ...(options.explain && { 'berth-explain': 'true' }),
    ...prefixed('build-arg:', argumentsOf(options, environment)),
    ...prefixed('label:', options.labels),
    ...prefixed('attest:', options.attestations),
  }
}

const listed = (name: string, values: readonly string[]): Record<string, string> =>
  values.length === 0 ? {} : { [name]: csvLine(values) }

const prefixed = (prefix: string, values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]))

const noCache = (options: BuildOptions): Record<string, string> =>
  options.noCache ? { 'no-cache': '' } : listed('no-cache', options.noCacheFilter)

/** `--build-arg NAME` without a value is the environment's, or nothing. */
function argumentsOf({ buildArgs }: BuildOptions, environment: Environment): Record<string, string> {
  const known = Object.entries(buildArgs).map(([name, value]) => [name, value ?? environment[name]] as const)
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** `host:address` and `host=address`; BuildKit's attribute has the latter. */
function hostOf(text: string): string {
  const at = text.search(/[:=]/)
  const address = text.slice(at + 1).replace(/^\[(.*)\]$/, '$1')
  if (at <= 0 || address === '') throw new CommandFailure(`ERROR: invalid host ${text}`)
  return `${text.slice(0, at)}=${address}`
}
