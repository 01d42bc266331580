import { defineFaults } from '../../base/faults.ts'

export const zipFaults = defineFaults('ZIP', {
  BROKEN: { kind: 'invalid', message: (why: string) => `not a valid zip file: ${why}` },
  TOO_LARGE: { kind: 'invalid', message: (bytes: number) => `the zip file holds more than ${bytes} bytes` },
})
