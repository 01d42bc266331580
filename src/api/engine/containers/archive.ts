import type { Containers } from '../../../engine/containers/containers.ts'
import { containerFaults } from '../../../engine/containers/faults.ts'
import type { PathStat } from '../../../store/tree/tree.ts'
import { empty, type Operation, type Query } from '../../http/operation.ts'

const PATH = '/containers/{id}/archive'

export const containerArchiveInfo = (containers: Pick<Containers, 'statPath'>): Operation => ({
  id: 'ContainerArchiveInfo',
  method: 'HEAD',
  path: PATH,
  handle: async ({ params, query }) => {
    const stat = await containers.statPath(params.id ?? '', pathOf(query))
    return empty(200, statHeader(stat))
  },
})

export const containerArchive = (containers: Pick<Containers, 'readPath'>): Operation => ({
  id: 'ContainerArchive',
  method: 'GET',
  path: PATH,
  handle: async ({ params, query }) => {
    const { stat, body } = await containers.readPath(params.id ?? '', pathOf(query))
    return { kind: 'stream', status: 200, contentType: 'application/x-tar', body, headers: statHeader(stat) }
  },
})

export const putContainerArchive = (containers: Pick<Containers, 'extractTo'>): Operation => ({
  id: 'PutContainerArchive',
  method: 'PUT',
  path: PATH,
  handle: async ({ params, query, body }) => {
    const options = { noOverwriteDirNonDir: query.flag('noOverwriteDirNonDir'), copyOwner: query.flag('copyUIDGID') }
    await containers.extractTo(params.id ?? '', pathOf(query), body, options)
    return empty(200)
  },
})

function pathOf(query: Query): string {
  const path = query.text('path')
  if (!path) throw containerFaults.NO_PATH()
  return path
}

const statHeader = (stat: PathStat): Record<string, string> => ({
  'X-Docker-Container-Path-Stat': Buffer.from(JSON.stringify(stat)).toString('base64'),
})
