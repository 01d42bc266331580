import type { Execs } from '../../../engine/exec/execs.ts'
import { json, type Operation } from '../../http/operation.ts'

export const execInspect = (execs: Pick<Execs, 'inspect'>): Operation => ({
  id: 'ExecInspect',
  method: 'GET',
  path: '/exec/{id}/json',
  handle: ({ params }) => json(200, execs.inspect(params.id ?? '')),
})
