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
  NO_BLOB: {
    kind: 'unavailable',
    message: (diffId: string) => `the content of layer ${diffId} is no longer here as it came`,
    hint: 'pull or load the image again',
  },
  CHANGED: {
    kind: 'internal',
    message: (diffId: string, found: string) =>
      `the files of layer ${diffId} have changed on the disk: they make ${found}`,
  },
  CANCELLED: { kind: 'cancelled', message: () => 'the unpacking of a layer was cancelled' },
  CHILD: {
    kind: 'internal',
    message: (how: string) => `the process that unpacks a layer ended without an answer (${how})`,
  },
})
