import type { Execs } from '../../../engine/exec/execs.ts'
import type { Operation } from '../../http/operation.ts'
import { containerExec } from './create.ts'
import { execInspect } from './inspect.ts'
import { execResize } from './resize.ts'
import { execStart } from './start.ts'

export type ExecNeeds = { execs: Execs }

export const execOperations = ({ execs }: ExecNeeds): Operation[] => [
  containerExec(execs),
  execStart(execs),
  execInspect(execs),
  execResize(execs),
]
