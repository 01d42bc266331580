import { defineFaults } from '../../base/faults.ts'

export const processFaults = defineFaults('PROCESS', {
  NOT_STARTED: { kind: 'internal', message: (program: string) => `cannot start ${program}` },
  TIMED_OUT: { kind: 'internal', message: (program: string, ms: number) => `${program} did not end within ${ms} ms` },
  CANCELLED: { kind: 'cancelled', message: (program: string) => `${program} was cancelled` },
})
