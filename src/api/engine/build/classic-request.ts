import { newId } from '../../../base/ids.ts'
import type { BuildClient, BuildRequest, ContextSource } from '../../../engine/build/contract.ts'
import { isGitUrl } from '../../../formats/git-url/git-url.ts'
import { parsePlatform } from '../../../formats/platform/platform.ts'
import { familiar, parseReference, withDefaultTag } from '../../../formats/reference/reference.ts'
import type { ApiRequest, Query } from '../../http/operation.ts'
import { buildDoorFaults } from './faults.ts'
import { textList, textMap, ulimits } from './query-json.ts'
import { registryConfig } from './registry-config.ts'

/** The query, headers and body of POST /build as the use case has them. `names`: the tags, as they are told of. */
export function classicRequest({ query, headers, body, version }: ApiRequest): {
  request: BuildRequest
  names: string[]
} {
  if (query.flag('squash')) throw buildDoorFaults.SQUASH()
  const names = query.all('t').map(name => familiar(withDefaultTag(parseReference(name))))
  const buildArgs = textMap(query.text('buildargs'), 'build args')
  const platform = version.atLeast('1.32') ? query.text('platform') : undefined
  const epoch = epochOf(buildArgs.SOURCE_DATE_EPOCH)
  const target = query.text('target')
  const request: BuildRequest = {
    ref: newId(),
    name: names[0] ?? query.text('remote') ?? 'build',
    dockerfile: { name: query.text('dockerfile') || 'Dockerfile' },
    ...(target && { target }),
    platforms: platform ? [parsePlatform(platform)] : [],
    buildArgs,
    labels: textMap(query.text('labels'), 'labels'),
    noCache: query.flag('nocache'),
    // Ours, beyond Docker.
    explain: query.flag('explain'),
    pull: query.flag('pull'),
    network: query.text('networkmode') || 'default',
    extraHosts: query.all('extrahosts').filter(host => host !== ''),
    limits: limitsOf(query),
    entitlements: [],
    contexts: { context: contextOf(query.text('remote'), body) },
    exports: [{ type: 'image', attributes: { name: names.join(',') }, id: '' }],
    cacheFrom: textList(query.text('cachefrom'), 'cache-from').map(ref => ({ type: 'registry', attributes: { ref } })),
    cacheTo: [],
    attestations: {},
    ...(epoch !== undefined && { sourceDateEpoch: epoch }),
    client: clientOf(headers['x-registry-config']),
  }
  return { request, names }
}

function contextOf(remote: string | undefined, body: AsyncIterable<Uint8Array>): ContextSource {
  if (!remote) return { kind: 'tar', body }
  if (remote === 'client-session') throw buildDoorFaults.SESSION()
  return { kind: isGitUrl(remote) ? 'git' : 'http', url: remote }
}

function limitsOf(query: Query): BuildRequest['limits'] {
  const whole = (name: string, field: string) => {
    const value = query.integer(name)
    return value ? { [field]: value } : {}
  }
  const text = (name: string, field: string) => {
    const value = query.text(name)
    return value ? { [field]: value } : {}
  }
  const limits = ulimits(query.text('ulimits'))
  return {
    ...whole('memory', 'Memory'),
    ...whole('memswap', 'MemorySwap'),
    ...whole('cpushares', 'CpuShares'),
    ...whole('cpuperiod', 'CpuPeriod'),
    ...whole('cpuquota', 'CpuQuota'),
    ...whole('shmsize', 'ShmSize'),
    ...text('cpusetcpus', 'CpusetCpus'),
    ...text('cpusetmems', 'CpusetMems'),
    ...text('cgroupparent', 'CgroupParent'),
    ...(limits.length > 0 && { Ulimits: limits }),
  }
}

function epochOf(value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  if (!/^\d{1,12}$/.test(value)) throw buildDoorFaults.EPOCH(value)
  return Number(value)
}

/** Everything that this client gives is in its one request. */
const clientOf = (header: string | string[] | undefined): BuildClient => ({
  directory: () => undefined,
  secret: async () => undefined,
  ssh: async () => undefined,
  credentials: registryConfig(header),
  receive: async () => {},
})
