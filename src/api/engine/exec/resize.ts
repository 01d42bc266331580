import type { Execs } from '../../../engine/exec/execs.ts'
import { empty, type Operation } from '../../http/operation.ts'
import { terminalSize } from '../containers/terminal-size.ts'

export const execResize = (execs: Pick<Execs, 'resize'>): Operation => ({
  id: 'ExecResize',
  method: 'POST',
  path: '/exec/{id}/resize',
  handle: ({ params, query }) => {
    const { rows, columns } = terminalSize(query)
    execs.resize(params.id ?? '', rows, columns)
    return empty(200)
  },
})
