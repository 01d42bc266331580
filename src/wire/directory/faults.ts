import { defineFaults } from '../../base/faults.ts'

const shown = (path: string): string => JSON.stringify(path.slice(0, 200))

/** What the sender of a directory did wrong. */
export const directoryFaults = defineFaults('DIRECTORY', {
  PATH: { kind: 'invalid', message: (path: string) => `path ${shown(path)} of the sender leads out of its directory` },
  ORDER: { kind: 'invalid', message: (path: string) => `changes out of order: ${shown(path)}` },
  SIZE: { kind: 'invalid', message: (path: string) => `more content of ${shown(path)} than its size` },
  UNASKED: { kind: 'invalid', message: (id: number) => `invalid file request ${id}` },
  ENTRIES: { kind: 'exhausted', message: (limit: number) => `a directory of more than ${limit} entries` },
  ATTRIBUTES: { kind: 'invalid', message: (path: string) => `too many attributes of ${shown(path)}` },
  SENDER: { kind: 'invalid', message: (why: string) => `error from sender: ${why}` },
  CUT: { kind: 'invalid', message: () => 'the sender ended before the directory was whole' },
})
