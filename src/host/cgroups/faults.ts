import { defineFaults } from '../../base/faults.ts'

export const cgroupFaults = defineFaults('CGROUP', {
  BAD_PATH: { kind: 'invalid', message: (path: string) => `invalid cgroup path ${JSON.stringify(path)}` },
  CONTROLLER_MISSING: {
    kind: 'invalid',
    message: (controller: string) => `the kernel has no ${controller} cgroup controller mounted`,
  },
  LIMIT_REFUSED: {
    kind: 'invalid',
    message: (file: string, value: string) => `the kernel refused ${JSON.stringify(value)} for ${file}`,
  },
  NOT_RUNNING: { kind: 'conflict', message: (path: string) => `the cgroup ${path} is gone` },
  NOT_FROZEN: { kind: 'internal', message: (path: string) => `the processes of ${path} did not freeze in time` },
})
