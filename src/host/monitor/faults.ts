import { defineFaults } from '../../base/faults.ts'

export const monitorFaults = defineFaults('MONITOR', {
  LOST: {
    kind: 'internal',
    message: (containerId: string) => `the monitor of container ${containerId} ended without a report`,
    hint: 'it was killed, or could not be started; what it held has to be killed and released',
  },
})
