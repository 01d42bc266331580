import { defineFaults } from '../../base/faults.ts'

export const copyFaults = defineFaults('COPY', {
  NOT_FOUND: { kind: 'not-found', message: (path: string) => `"${path}": not found` },
  NOT_A_DIRECTORY: { kind: 'invalid', message: (path: string) => `cannot copy to non-directory: ${path}` },
  ONTO_DIRECTORY: { kind: 'invalid', message: (path: string) => `cannot replace to directory ${path} with file` },
})
