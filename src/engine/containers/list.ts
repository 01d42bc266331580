import type { ContainerPort, ContainerSummary } from '../../formats/engine-api/container.ts'
import type { ContainerRecord } from './container.ts'
import { isRunning } from './container.ts'
import { compileFilters, type FilterLookups, type Filters, looksAtAll } from './list-filters.ts'
import type { LiveContainer } from './live-container.ts'
import { mountPoints, networksOf } from './shown-parts.ts'
import { commandText, statusText } from './status-text.ts'

export type ListQuery = {
  all: boolean
  /** The newest so many; 0 or less: all of them. */
  limit: number
  filters: Filters
}

/** Those that the query asks for, newest first. Reads memory alone. */
export function selectContainers(all: LiveContainer[], query: ListQuery, lookups: FilterLookups): LiveContainer[] {
  const matches = compileFilters(query.filters, lookups)
  const isWide = query.all || query.limit > 0 || looksAtAll(query.filters)
  const found = all.filter(
    container => (isWide || isUp(container.record)) && !isHalfGone(container.record) && matches(container),
  )
  found.sort((a, b) => compare(b.createdKey, a.createdKey))
  return query.limit > 0 ? found.slice(0, query.limit) : found
}

/** One that waits for its restart counts as running. */
const isUp = ({ state }: ContainerRecord): boolean => isRunning(state) || state.status === 'restarting'
const isHalfGone = ({ state }: ContainerRecord): boolean => state.status === 'removing'

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** `imageId`: what the container's image name stands for now. `now` in milliseconds. */
export function summarize(record: ContainerRecord, imageId: string | undefined, now: number): ContainerSummary {
  const { config, hostConfig, state } = record
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: imageId === record.imageId ? record.imageRef : record.imageId,
    ImageID: record.imageId,
    Command: commandText(record.path, record.args),
    Created: Math.floor(Date.parse(record.created) / 1000),
    Ports: portsOf(record),
    Labels: config.Labels ?? {},
    State: state.status,
    Status: statusText(state, now),
    HostConfig: { NetworkMode: hostConfig.NetworkMode || 'default', ...annotationsOf(record) },
    NetworkSettings: { Networks: networksOf(record) },
    Mounts: mountPoints(record),
    Health: healthOf(record),
  }
}

const healthOf = ({ state: { health } }: ContainerRecord): ContainerSummary['Health'] => ({
  Status: health?.Status ?? 'none',
  FailingStreak: health?.FailingStreak ?? 0,
})

const annotationsOf = ({ hostConfig: { Annotations } }: ContainerRecord) =>
  Annotations && Object.keys(Annotations).length > 0 ? { Annotations } : {}

function portsOf({ attachment }: ContainerRecord): ContainerPort[] {
  return Object.entries(attachment?.ports ?? {}).flatMap(([port, bindings]) => {
    const [number, protocol = 'tcp'] = port.split('/')
    const inside = { PrivatePort: Number(number), Type: protocol as ContainerPort['Type'] }
    if (!bindings || bindings.length === 0) return [inside]
    return bindings.map(({ HostIp, HostPort }) => ({ IP: HostIp ?? '', ...inside, PublicPort: Number(HostPort) }))
  })
}
