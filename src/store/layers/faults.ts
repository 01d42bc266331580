import { defineFaults } from '../../base/faults.ts'

export const layerFaults = defineFaults('LAYER', {
  DIGEST: {
    kind: 'invalid',
    message: (expected: string) => `filesystem layer verification failed for digest ${expected}`,
  },
  DIFF_ID: {
    kind: 'invalid',
    message: (expected: string, found: string) => `invalid diffID for layer: expected "${expected}", got "${found}"`,
  },
  UNKNOWN: { kind: 'not-found', message: (diffId: string) => `layer ${diffId} does not exist` },
  CANCELLED: { kind: 'cancelled', message: () => 'the unpacking of a layer was cancelled' },
  CHILD: {
    kind: 'internal',
    message: (how: string) => `the process that unpacks a layer ended without an answer (${how})`,
  },
})
