import type { Execs } from '../../../engine/exec/execs.ts'
import { empty, type Operation } from '../../http/operation.ts'
import { streamType } from '../containers/attach.ts'
import { sizeOf } from '../containers/create-body.ts'
import { ExecStartBody } from '../containers/create-schema.ts'

export const execStart = (execs: Pick<Execs, 'claim' | 'startDetached' | 'startAttached'>): Operation => ({
  id: 'ExecStart',
  method: 'POST',
  path: '/exec/{id}/start',
  handle: async request => {
    const { Detach, ConsoleSize } = await request.json(ExecStartBody, { optional: true })
    const id = request.params.id ?? ''
    if (Detach) {
      await execs.startDetached(id)
      return empty(200)
    }
    const exec = execs.claim(id)
    return {
      kind: 'hijack',
      contentType: streamType(request, exec.config.Tty ?? false),
      run: connection => execs.startAttached(exec, connection, sizeOf(ConsoleSize)),
    }
  },
})
