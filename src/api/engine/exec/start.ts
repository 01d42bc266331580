import Type from 'typebox'
import type { Execs } from '../../../engine/exec/execs.ts'
import { streamType } from '../containers/attach.ts'
import { empty, type Operation } from '../../http/operation.ts'
import { sizeOf } from './create.ts'

/** Source: swagger.yaml, ExecStart. */
const EXEC_START = Type.Object({
  Detach: Type.Optional(Type.Boolean()),
  Tty: Type.Optional(Type.Boolean()),
  ConsoleSize: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 65535 }), { minItems: 2, maxItems: 2 })),
})

export const execStart = (execs: Pick<Execs, 'startable' | 'startDetached' | 'startAttached'>): Operation => ({
  id: 'ExecStart',
  method: 'POST',
  path: '/exec/{id}/start',
  handle: async request => {
    const { Detach, ConsoleSize } = await request.json(EXEC_START, { optional: true })
    const id = request.params.id ?? ''
    if (Detach) {
      await execs.startDetached(id)
      return empty(200)
    }
    const exec = execs.startable(id)
    return {
      kind: 'hijack',
      contentType: streamType(request, exec.config.Tty ?? false),
      run: connection => execs.startAttached(exec, connection, sizeOf(ConsoleSize)),
    }
  },
})
