import type { Execs } from '../../../engine/exec/execs.ts'
import { json, type Operation } from '../../http/operation.ts'
import { execCreateOf } from '../containers/create-body.ts'
import { ExecCreateBody } from '../containers/create-schema.ts'

export const containerExec = (execs: Pick<Execs, 'create'>): Operation => ({
  id: 'ContainerExec',
  method: 'POST',
  path: '/containers/{id}/exec',
  handle: async request => {
    const config = execCreateOf(await request.json(ExecCreateBody))
    return json(201, { Id: execs.create(request.params.id ?? '', config) })
  },
})
