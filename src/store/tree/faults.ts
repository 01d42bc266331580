import { defineFaults } from '../../base/faults.ts'

export const treeFaults = defineFaults('TREE', {
  NOT_FOUND: { kind: 'not-found', message: (path: string) => `Could not find the file ${path}` },
  NOT_A_DIRECTORY: { kind: 'invalid', message: (path: string) => `lstat ${path}: not a directory` },
  NO_EXTRACTION_POINT: { kind: 'invalid', message: () => 'extraction point is not a directory' },
  READ_ONLY: { kind: 'forbidden', message: () => 'container rootfs is marked read-only' },
  LOOP: { kind: 'invalid', message: (path: string) => `${path}: too many levels of symbolic links` },
  DENIED: { kind: 'invalid', message: (path: string, why: string) => `${path}: ${why}` },
  VANISHED: { kind: 'conflict', message: () => 'the container stopped meanwhile' },
  CHILD: {
    kind: 'internal',
    message: (how: string) => `the process that reads or writes the files of a container failed: ${how}`,
  },
})
