import type { ModeChange, ModeClause } from './requests.ts'

const S_IXANY = 0o111

/** The permissions that a change makes of others. */
export function changedMode(mode: number, change: ModeChange, isDirectory: boolean): number {
  if ('bits' in change) return change.bits
  return change.clauses.reduce((now, clause) => apply(now, clause, isDirectory), mode)
}

function apply(mode: number, { who, operation, permissions, ifExecutable }: ModeClause, isDirectory: boolean): number {
  const execute = ifExecutable && (isDirectory || (mode & S_IXANY) !== 0) ? S_IXANY : 0
  const bits = (permissions | execute) & who
  if (operation === '+') return mode | bits
  if (operation === '-') return mode & ~bits
  return (mode & ~who) | bits
}
