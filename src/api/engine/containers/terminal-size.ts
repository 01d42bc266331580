import { defineFaults } from '../../../base/faults.ts'
import type { Query } from '../../http/operation.ts'

const faults = defineFaults('TERMINAL_SIZE', {
  BAD: {
    kind: 'invalid',
    message: (name: string, value: string) =>
      `invalid value for '${name}': ${JSON.stringify(value)} is no size of a terminal`,
  },
})
/** Source: struct winsize, ioctl_tty(2). */
const MOST = 65535

/** `h` and `w`, both required. Throws a 400 fault that names the one that is wrong. */
export const terminalSize = (query: Query): { rows: number; columns: number } => ({
  rows: read(query, 'h'),
  columns: read(query, 'w'),
})

function read(query: Query, name: 'h' | 'w'): number {
  const size = query.integer(name)
  if (size === undefined || size < 0 || size > MOST) throw faults.BAD(name, query.text(name) ?? '')
  return size
}
