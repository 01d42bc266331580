import { defineFaults } from '../../base/faults.ts'

export const blobFaults = defineFaults('BLOB', {
  MALFORMED_DIGEST: {
    kind: 'invalid',
    message: (digest: string) => `invalid checksum digest format: ${JSON.stringify(digest.slice(0, 100))}`,
  },
  NOT_FOUND: { kind: 'not-found', message: (digest: string) => `content ${digest} does not exist` },
  MISMATCH: {
    kind: 'invalid',
    message: (expected: string, found: string) =>
      `content does not match its digest: expected ${expected}, got ${found}`,
  },
  TOO_LARGE: {
    kind: 'invalid',
    message: (digest: string, most: number) => `content ${digest} is larger than ${most} bytes`,
  },
  NO_SPACE: { kind: 'exhausted', message: () => 'no space left on device', hint: 'free some space in the data root' },
})
