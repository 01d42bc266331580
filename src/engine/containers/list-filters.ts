import type { ContainerStatus } from '../../formats/engine-api/container.ts'
import { compilePattern } from '../../formats/pattern/pattern.ts'
import { isRunning, NEVER } from './container.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'
import { portFilter } from './port-filter.ts'
import { networksOf } from './shown-parts.ts'

export const LIST_FILTERS = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
] as const

export type Filters = ReadonlyMap<string, readonly string[]>
export type Matcher = (container: LiveContainer) => boolean
/** What filters need to know beyond the container. */
export type FilterLookups = {
  resolve: (given: string) => LiveContainer
  /** undefined if there is no such image. */
  imageId: (reference: string) => string | undefined
}

const STATUSES: ContainerStatus[] = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy']

/** One question to each container, from all filters: it has to pass every key, by any of the key's values. Throws 400 and 404 faults. */
export function compileFilters(filters: Filters, lookups: FilterLookups): Matcher {
  const matchers = [...filters].map(([key, values]) => COMPILERS[key]?.([...values], lookups) ?? (() => true))
  return container => matchers.every(matches => matches(container))
}

/** Filters that speak about containers that do not run: they look at all of them. */
export const looksAtAll = (filters: Filters): boolean =>
  ['status', 'exited', 'before', 'since'].some(key => filters.has(key))

type Compiler = (values: string[], lookups: FilterLookups) => Matcher

const COMPILERS: Record<string, Compiler> = {
  id: values => textMatcher(values, ({ id }) => [id]),
  name: values => textMatcher(values, ({ record }) => [record.name, `/${record.name}`]),
  label: labelMatcher,
  status: statusMatcher,
  exited: exitedMatcher,
  health: healthMatcher,
  ancestor: ancestorMatcher,
  volume: volumeMatcher,
  network: networkMatcher,
  publish: values => portFilter('publish', values, ({ record }) => Object.keys(record.hostConfig.PortBindings ?? {})),
  expose: values => portFilter('expose', values, ({ record }) => Object.keys(record.config.ExposedPorts ?? {})),
  before: (values, { resolve }) => timeMatcher(values.map(resolve), (created, other) => created < other),
  since: (values, { resolve }) => timeMatcher(values.map(resolve), (created, other) => created > other),
  'is-task': taskMatcher,
}

/** Docker's reading: equal, or a regular expression that is found in it. */
function textMatcher(values: string[], textsOf: (container: LiveContainer) => string[]): Matcher {
  const patterns = values.map(value => compilePattern(value))
  return container =>
    textsOf(container).some(text => values.includes(text) || patterns.some(candidate => candidate?.foundIn(text)))
}

/** All of the labels; `key` alone asks whether it is there. */
function labelMatcher(values: string[]): Matcher {
  const wanted = values.map(value => value.split(/=(.*)/s) as [string, string | undefined])
  return ({ record }) => {
    const labels = record.config.Labels ?? {}
    return wanted.every(([key, value]) => Object.hasOwn(labels, key) && (value === undefined || labels[key] === value))
  }
}

function statusMatcher(values: string[]): Matcher {
  const unknown = values.find(value => !STATUSES.includes(value as ContainerStatus))
  if (unknown !== undefined) throw containerFaults.BAD_FILTER(`status=${unknown}`)
  return ({ record }) => values.includes(record.state.status)
}

function exitedMatcher(values: string[]): Matcher {
  const bad = values.find(value => !/^-?\d{1,9}$/.test(value))
  if (bad !== undefined) throw containerFaults.BAD_EXIT_FILTER(bad)
  const codes = values.map(Number)
  return ({ record: { state } }) => !isRunning(state) && state.startedAt !== NEVER && codes.includes(state.exitCode)
}

function healthMatcher(values: string[]): Matcher {
  const unknown = values.find(value => !HEALTHS.includes(value))
  if (unknown !== undefined) throw containerFaults.BAD_HEALTH(unknown)
  return ({ record: { state } }) => values.includes(state.health?.Status ?? 'none')
}

function ancestorMatcher(values: string[], { imageId }: FilterLookups): Matcher {
  const ids = values.map(imageId)
  return ({ record }) => ids.includes(record.imageId) || values.includes(record.imageRef)
}

function volumeMatcher(values: string[]): Matcher {
  return ({ record }) =>
    record.mounts.some(({ name, source, destination }) =>
      values.some(value => value === name || value === destination || (value !== '' && value === source)),
    )
}

function networkMatcher(values: string[]): Matcher {
  return ({ record }) => {
    return Object.entries(networksOf(record)).some(([name, endpoint]) =>
      values.some(value => value === name || (value !== '' && endpoint.NetworkID?.startsWith(value))),
    )
  }
}

function timeMatcher(others: LiveContainer[], holds: (created: string, other: string) => boolean): Matcher {
  return ({ createdKey }) => others.every(other => holds(createdKey, other.createdKey))
}

/** Services of a cluster are yet to come: no container is a task. */
function taskMatcher(values: string[]): Matcher {
  const isTask = values.map(value => value === 'true' || value === '1')
  if (values.length > 1 || !values.every(value => ['true', 'false', '1', '0'].includes(value))) {
    throw containerFaults.BAD_FILTER(`is-task=[${values.join(' ')}]`)
  }
  return () => !isTask[0]
}
