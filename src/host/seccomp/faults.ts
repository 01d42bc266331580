import { defineFaults } from '../../base/faults.ts'

export const seccompFaults = defineFaults('SECCOMP', {
  INVALID: { kind: 'invalid', message: (reason: string) => reason },
  MISSING: {
    kind: 'unavailable',
    message: (reason: string) => `libseccomp.so.2 cannot be loaded: ${reason}`,
    hint: 'install the package libseccomp2',
  },
  FAILED: { kind: 'internal', message: (call: string, errno: number) => `${call} failed with errno ${errno}` },
})
