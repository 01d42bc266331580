import { defineFaults } from '../../base/faults.ts'

export const probeFaults = defineFaults('PROBE', {
  START_FAILED: { kind: 'conflict', message: (why: string) => why },
  GONE: { kind: 'unavailable', message: () => 'the prober of the container has ended' },
})
