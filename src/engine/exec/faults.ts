import { defineFaults } from '../../base/faults.ts'

/** Docker's texts. */
export const execFaults = defineFaults('EXEC', {
  NOT_FOUND: { kind: 'not-found', message: (id: string) => `No such exec instance: ${id}` },
  NO_COMMAND: { kind: 'invalid', message: () => 'No exec command specified' },
  NOT_RUNNING: { kind: 'conflict', message: (id: string) => `container ${id} is not running` },
  PAUSED: {
    kind: 'conflict',
    message: (given: string) => `Container ${given} is paused, unpause the container before exec`,
  },
  RESTARTING: {
    kind: 'conflict',
    message: (given: string) => `Container ${given} is restarting, wait until the container is running`,
  },
  HAS_RUN: { kind: 'conflict', message: (id: string) => `Error: Exec command ${id} has already run` },
  IS_RUNNING: { kind: 'conflict', message: (id: string) => `Error: Exec command ${id} is already running` },
  NOT_STARTED: { kind: 'conflict', message: (id: string) => `exec process ${id} is not running` },
  FAILED: { kind: 'invalid', message: (why: string) => why },
  TOO_MANY: {
    kind: 'exhausted',
    message: (most: number) => `the container has ${most} exec instances already`,
    hint: 'start those that were created, or remove the container',
  },
})
