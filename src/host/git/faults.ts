import { defineFaults } from '../../base/faults.ts'

export const gitFaults = defineFaults('GIT', {
  FAILED: { kind: 'invalid', message: (url: string, why: string) => `failed to fetch ${url}: ${why}` },
  COMMIT: {
    kind: 'invalid',
    message: (url: string, commit: string) => `${url}: expected commit ${commit}, got another`,
  },
  MISSING: { kind: 'unavailable', message: () => 'git is not installed on this machine', hint: 'install git' },
})
