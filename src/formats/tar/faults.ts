import { defineFaults } from '../../base/faults.ts'

export const tarFaults = defineFaults('TAR', {
  TRUNCATED: { kind: 'invalid', message: () => 'the archive ends in the middle: unexpected EOF' },
  HEADER: { kind: 'invalid', message: (what: string) => `archive/tar: invalid tar header: ${what}` },
  HEADER_TOO_LARGE: {
    kind: 'invalid',
    message: (bytes: number, most: number) =>
      `archive/tar: an extended header of ${bytes} bytes, at most ${most} are read`,
  },
  SPARSE: {
    kind: 'invalid',
    message: (name: string) => `the archive holds ${name} as a sparse file, which is not supported`,
    hint: 'make the archive without --sparse',
  },
  UNKNOWN_TYPE: {
    kind: 'invalid',
    message: (name: string, type: string) => `unhandled tar header type ${type}: ${name}`,
  },
})
