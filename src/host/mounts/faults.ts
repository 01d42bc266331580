import { defineFaults } from '../../base/faults.ts'

export const mountFaults = defineFaults('MOUNT', {
  FAILED: { kind: 'invalid', message: (what: string, why: string) => `mount ${what}: ${why}` },
})
