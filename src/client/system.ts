import type { Labels } from '../formats/engine-api/common.ts'
import type { ContainerSummary, EndpointSettings } from '../formats/engine-api/container.ts'
import type { ImageSummary } from '../formats/engine-api/image.ts'
import type { NetworkCreate, NetworkResource } from '../formats/engine-api/network.ts'
import type { Client, Query } from './client.ts'
import type { HttpResponse } from './http.ts'

/** Operations of the Engine API on volumes, networks and the daemon itself. */
export type Volume = {
  Name: string
  Driver: string
  Mountpoint: string
  CreatedAt?: string
  Labels: Labels | null
  Scope: string
  Options: Record<string, string> | null
  UsageData?: { Size: number; RefCount: number } | null
}

const named = (noun: 'volumes' | 'networks', name: string): string => `/${noun}/${encodeURIComponent(name)}`

export const listVolumes = (
  client: Client,
  query: Query,
): Promise<{ Volumes: Volume[] | null; Warnings: string[] | null }> => client.json('GET', '/volumes', { query })
type VolumeCreate = { Name: string; Driver: string; DriverOpts: Record<string, string>; Labels: Labels }
export const createVolume = (client: Client, body: VolumeCreate): Promise<Volume> =>
  client.json('POST', '/volumes/create', { json: body })
export const inspectVolume = (client: Client, name: string): Promise<HttpResponse> =>
  client.call('GET', named('volumes', name))
export const removeVolume = (client: Client, name: string, query: Query): Promise<HttpResponse> =>
  client.done('DELETE', named('volumes', name), { query })
export const pruneVolumes = (
  client: Client,
  query: Query,
): Promise<{ VolumesDeleted: string[] | null; SpaceReclaimed: number }> =>
  client.json('POST', '/volumes/prune', { query })
export const pruneNetworks = (client: Client, query: Query): Promise<{ NetworksDeleted: string[] | null }> =>
  client.json('POST', '/networks/prune', { query })
export const pruneBuildCache = (
  client: Client,
  query: Query,
): Promise<{ CachesDeleted: string[] | null; SpaceReclaimed: number }> => client.json('POST', '/build/prune', { query })
export const updateVolume = (client: Client, name: string, body: unknown): Promise<HttpResponse> =>
  client.done('PUT', named('volumes', name), { json: body })

export const listNetworks = (client: Client, query: Query): Promise<NetworkResource[]> =>
  client.json('GET', '/networks', { query })
export const inspectNetwork = (client: Client, name: string, query: Query): Promise<HttpResponse> =>
  client.call('GET', named('networks', name), { query })

export const createNetwork = (client: Client, body: NetworkCreate): Promise<{ Id: string; Warning?: string }> =>
  client.json('POST', '/networks/create', { json: body })
export const removeNetwork = (client: Client, name: string): Promise<HttpResponse> =>
  client.done('DELETE', named('networks', name))
export const connectNetwork = (
  client: Client,
  name: string,
  json: { Container: string; EndpointConfig: EndpointSettings },
): Promise<HttpResponse> => client.done('POST', `${named('networks', name)}/connect`, { json })
export const disconnectNetwork = (
  client: Client,
  name: string,
  json: { Container: string; Force: boolean },
): Promise<HttpResponse> => client.done('POST', `${named('networks', name)}/disconnect`, { json })

export const daemonInfo = (client: Client): Promise<HttpResponse> => client.call('GET', '/info')
export const daemonVersion = (client: Client): Promise<HttpResponse> => client.call('GET', '/version')
export const daemonEvents = (client: Client, query: Query): Promise<HttpResponse> =>
  client.call('GET', '/events', { query })

export type BuildCacheRecord = {
  ID: string
  Type: string
  Size: number
  CreatedAt: string
  LastUsedAt: string | null
  UsageCount: number
  InUse: boolean
  Shared: boolean
  Parent?: string
  Description?: string
}
export type DiskUsage = {
  LayersSize: number
  Images: ImageSummary[] | null
  Containers: ContainerSummary[] | null
  Volumes: Volume[] | null
  BuildCache: BuildCacheRecord[] | null
}

/** One kind of object from API 1.52 on: sums, and the objects themselves where they were asked for. */
export type UsageOf<T> = {
  ActiveCount: number
  TotalCount: number
  Reclaimable: number
  TotalSize: number
  Items?: T[] | null
}
export type DiskUsageSums = {
  ImageUsage: UsageOf<ImageSummary>
  ContainerUsage: UsageOf<ContainerSummary>
  VolumeUsage: UsageOf<Volume>
  BuildCacheUsage: UsageOf<BuildCacheRecord>
}

/** Older daemons list everything, newer ones give sums; the objects come where `verbose` asks for them. */
export const diskUsage = (client: Client, verbose: boolean): Promise<DiskUsage | DiskUsageSums> =>
  client.json('GET', '/system/df', { query: { verbose: verbose ? 1 : undefined } })

/** The lists of either answer. */
export function diskUsageLists(usage: DiskUsage | DiskUsageSums): DiskUsage {
  if (!('ImageUsage' in usage)) return usage
  return {
    LayersSize: usage.ImageUsage.TotalSize,
    Images: usage.ImageUsage.Items ?? [],
    Containers: usage.ContainerUsage.Items ?? [],
    Volumes: usage.VolumeUsage.Items ?? [],
    BuildCache: usage.BuildCacheUsage.Items ?? [],
  }
}

export type AuthRequest = { username?: string; password?: string; serveraddress?: string; identitytoken?: string }
export const registryLogin = (client: Client, body: AuthRequest): Promise<{ Status: string; IdentityToken?: string }> =>
  client.json('POST', '/auth', { json: body })
