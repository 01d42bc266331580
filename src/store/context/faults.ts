import { defineFaults } from '../../base/faults.ts'

export const contextFaults = defineFaults('CONTEXT', {
  CHILD: {
    kind: 'internal',
    message: (how: string) => `the process that takes in a build context ended without an answer (${how})`,
  },
  DEVICE: { kind: 'invalid', message: (path: string) => `the build context holds a device: ${path}` },
  ORDER: { kind: 'invalid', message: (path: string) => `the build context tells of ${path} out of turn` },
  PATH: {
    kind: 'invalid',
    message: (path: string) => `the build context holds an unusable path: ${JSON.stringify(path)}`,
  },
})
