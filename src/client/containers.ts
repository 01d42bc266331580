import type { Labels, PortMap, RestartPolicy } from '../formats/engine-api/common.ts'
import type {
  ContainerCreate,
  ContainerInspect,
  ContainerSummary,
  ExecCreate,
  ExecInspect,
  Resources,
} from '../formats/engine-api/container.ts'
import type { ContainerStats } from '../formats/engine-api/stats.ts'
import type { CallOptions, Client, Hijacked, Query } from './client.ts'
import type { HttpResponse } from './http.ts'

/** The container operations of the Engine API, one function each. Error answers are thrown as DaemonFault. */
const path = (id: string, rest = ''): string => `/containers/${encodeURIComponent(id)}${rest}`

export type Filters = Record<string, string[]>
export const filtersQuery = (filters: Filters): string | undefined =>
  Object.keys(filters).length === 0
    ? undefined
    : JSON.stringify(Object.fromEntries(Object.entries(filters).map(([key, values]) => [key, setOf(values)])))
const setOf = (values: string[]): Record<string, true> => Object.fromEntries(values.map(value => [value, true]))

export const createContainer = (
  client: Client,
  body: ContainerCreate,
  query: { name?: string; platform?: string },
): Promise<{ Id: string; Warnings: string[] | null }> =>
  client.json('POST', '/containers/create', { json: body, query })

export const listContainers = (
  client: Client,
  query: { all?: 1; limit?: number; size?: 1; filters?: string },
): Promise<ContainerSummary[]> => client.json('GET', '/containers/json', { query })

export const inspectContainer = (client: Client, id: string): Promise<ContainerInspect> =>
  client.json('GET', path(id, '/json'))

/** One sample, with one from a second before it. */
export const containerStats = (client: Client, id: string): Promise<ContainerStats> =>
  client.json('GET', path(id, '/stats'), { query: { stream: 0 } })
/** A JSON line every second. */
export const followStats = (client: Client, id: string, signal: AbortSignal): Promise<HttpResponse> =>
  client.call('GET', path(id, '/stats'), { query: { stream: 1 }, signal })

export const startContainer = (client: Client, id: string): Promise<HttpResponse> =>
  client.done('POST', path(id, '/start'))
export const stopContainer = (
  client: Client,
  id: string,
  query: { signal?: string; t?: number },
): Promise<HttpResponse> => client.done('POST', path(id, '/stop'), { query })
export const restartContainer = (
  client: Client,
  id: string,
  query: { signal?: string; t?: number },
): Promise<HttpResponse> => client.done('POST', path(id, '/restart'), { query })
export const killContainer = (client: Client, id: string, signal?: string): Promise<HttpResponse> =>
  client.done('POST', path(id, '/kill'), { query: { signal } })
export const pauseContainer = (client: Client, id: string): Promise<HttpResponse> =>
  client.done('POST', path(id, '/pause'))
export const unpauseContainer = (client: Client, id: string): Promise<HttpResponse> =>
  client.done('POST', path(id, '/unpause'))
export const renameContainer = (client: Client, id: string, name: string): Promise<HttpResponse> =>
  client.done('POST', path(id, '/rename'), { query: { name } })
export const removeContainer = (
  client: Client,
  id: string,
  query: { v?: 1; link?: 1; force?: 1 },
): Promise<HttpResponse> => client.done('DELETE', path(id), { query })

export type ContainerUpdate = Resources & {
  RestartPolicy?: RestartPolicy
  PortBindingsAdd?: PortMap
  PortBindingsRemove?: PortMap
  LabelsAdd?: Labels
  LabelsRemove?: string[]
}
export const updateContainer = (
  client: Client,
  id: string,
  body: ContainerUpdate,
): Promise<{ Warnings: string[] | null }> => client.json('POST', path(id, '/update'), { json: body })

export type TopTable = { Titles: string[]; Processes: string[][] | null }
export const topContainer = (client: Client, id: string, psArguments: string[]): Promise<TopTable> =>
  client.json('GET', path(id, '/top'), {
    query: { ps_args: psArguments.length > 0 ? psArguments.join(' ') : undefined },
  })

export type WaitCondition = 'not-running' | 'next-exit' | 'removed'
export type WaitResult = { StatusCode: number; Error?: { Message?: string } | null }

/** Resolves as soon as the daemon is watching; `result` when the container has come to the condition. */
export async function waitContainer(
  client: Client,
  id: string,
  condition?: WaitCondition,
): Promise<{ result: Promise<WaitResult> }> {
  const response = await client.call('POST', path(id, '/wait'), { query: { condition } })
  return { result: readJson<WaitResult>(response) }
}

async function readJson<T>(response: HttpResponse): Promise<T> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of response.body) text += decoder.decode(bytes, { stream: true })
  return JSON.parse(text) as T
}

export type AttachQuery = { stream: 1; stdin?: 1; stdout?: 1; stderr?: 1; logs?: 1; detachKeys?: string }
export const attachContainer = (client: Client, id: string, query: AttachQuery): Promise<Hijacked> =>
  client.hijack(path(id, '/attach'), { query, contentType: 'text/plain' })

export const resizeContainer = (client: Client, id: string, rows: number, columns: number): Promise<HttpResponse> =>
  client.done('POST', path(id, '/resize'), { query: { h: rows, w: columns } })

export const containerLogs = (client: Client, id: string, query: Query): Promise<HttpResponse> =>
  client.call('GET', path(id, '/logs'), { query })

export const createExec = (
  client: Client,
  id: string,
  body: ExecCreate & { Detach?: boolean },
): Promise<{ Id: string }> => client.json('POST', path(id, '/exec'), { json: body })
type ExecStart = { Detach: boolean; Tty: boolean; ConsoleSize?: [number, number] }
export const startExec = (client: Client, exec: string, body: ExecStart): Promise<HttpResponse> =>
  client.done('POST', `/exec/${exec}/start`, { json: body })
export const attachExec = (client: Client, exec: string, body: ExecStart): Promise<Hijacked> =>
  client.hijack(`/exec/${exec}/start`, { json: body })
export const inspectExec = (client: Client, exec: string): Promise<ExecInspect> =>
  client.json('GET', `/exec/${exec}/json`)
export const resizeExec = (client: Client, exec: string, rows: number, columns: number): Promise<HttpResponse> =>
  client.done('POST', `/exec/${exec}/resize`, { query: { h: rows, w: columns } })

/** What `X-Docker-Container-Path-Stat` says of a path; `mode` holds Go's FileMode bits. */
export type PathStat = { name: string; size: number; mode: number; mtime: string; linkTarget: string }

export async function statPath(client: Client, id: string, file: string): Promise<PathStat> {
  return pathStat(await client.done('HEAD', path(id, '/archive'), { query: { path: file } }))
}

export async function getArchive(
  client: Client,
  id: string,
  file: string,
): Promise<{ response: HttpResponse; stat: PathStat }> {
  const response = await client.call('GET', path(id, '/archive'), { query: { path: file } })
  return { response, stat: pathStat(response) }
}

export const putArchive = (
  client: Client,
  id: string,
  directory: string,
  tar: AsyncIterable<Uint8Array>,
  query: { noOverwriteDirNonDir?: 'true'; copyUIDGID?: 'true' },
): Promise<HttpResponse> => {
  const options: CallOptions = { query: { path: directory, ...query }, body: tar, contentType: 'application/x-tar' }
  return client.done('PUT', path(id, '/archive'), options)
}

function pathStat(response: HttpResponse): PathStat {
  const header = response.headers['x-docker-container-path-stat'] ?? ''
  return JSON.parse(Buffer.from(header, 'base64').toString()) as PathStat
}

/** The answer as the daemon wrote it. */
export const inspectContainerRaw = (client: Client, id: string, size: boolean): Promise<HttpResponse> =>
  client.call('GET', path(id, '/json'), { query: { size: size ? 1 : undefined } })

export const exportContainer = (client: Client, id: string): Promise<HttpResponse> =>
  client.call('GET', path(id, '/export'))

/** Kind: 0 changed, 1 added, 2 deleted. */
export const containerChanges = (client: Client, id: string): Promise<{ Path: string; Kind: 0 | 1 | 2 }[] | null> =>
  client.json('GET', path(id, '/changes'))

export const commitContainer = (client: Client, query: Query): Promise<{ Id: string }> =>
  client.json('POST', '/commit', { query })

export const pruneContainers = (
  client: Client,
  query: Query,
): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> =>
  client.json('POST', '/containers/prune', { query })
