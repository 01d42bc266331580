import Type from 'typebox'
import type { Execs } from '../../../engine/exec/execs.ts'
import { json, type Operation } from '../../http/operation.ts'

/** Source: swagger.yaml, ContainerExec. */
const EXEC_CREATE = Type.Object({
  AttachStdin: Type.Optional(Type.Boolean()),
  AttachStdout: Type.Optional(Type.Boolean()),
  AttachStderr: Type.Optional(Type.Boolean()),
  ConsoleSize: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 65535 }), { minItems: 2, maxItems: 2 })),
  DetachKeys: Type.Optional(Type.String()),
  Tty: Type.Optional(Type.Boolean()),
  Env: Type.Optional(Type.Array(Type.String())),
  Cmd: Type.Optional(Type.Array(Type.String())),
  Privileged: Type.Optional(Type.Boolean()),
  User: Type.Optional(Type.String()),
  WorkingDir: Type.Optional(Type.String()),
})

export const containerExec = (execs: Pick<Execs, 'create'>): Operation => ({
  id: 'ContainerExec',
  method: 'POST',
  path: '/containers/{id}/exec',
  handle: async request => {
    const { ConsoleSize, ...config } = await request.json(EXEC_CREATE)
    return json(201, { Id: execs.create(request.params.id ?? '', { ...config, ConsoleSize: sizeOf(ConsoleSize) }) })
  },
})

export const sizeOf = (size: number[] | undefined): [number, number] | undefined =>
  size && [size[0] ?? 0, size[1] ?? 0]
