import { Semaphore } from '../base/locks.ts'
import { CommandFailure, messageOf } from './failures.ts'
import type { Session } from './session.ts'

const AT_ONCE = 50

/**
 * Does the same to each operand, many at once, and prints the names for which it went well, in the order in which they
 * were given. What failed is told together in the end, one line each.
 */
export async function forEachOperand(
  session: Session,
  operands: readonly string[],
  work: (operand: string) => Promise<unknown>,
  settings: { atOnce?: number; forgive?: (failure: unknown) => boolean } = {},
): Promise<number> {
  const line = new Semaphore(settings.atOnce ?? AT_ONCE)
  const running = operands.map(operand => line.run(() => work(operand)))
  for (const one of running) one.catch(() => {})
  const failures: string[] = []
  for (const [place, operand] of operands.entries()) {
    try {
      await running[place]
      session.print(operand)
      await session.flush()
    } catch (failure) {
      if (settings.forgive?.(failure)) session.tell(messageOf(failure))
      else failures.push(messageWithHint(failure))
    }
  }
  if (failures.length > 0)
    throw new CommandFailure(
      [...new Set(failures)].length === 1 && isOutage(failures) ? failures[0]! : failures.join('\n'),
    )
  return 0
}

/** Without a daemon the same sentence for each operand says nothing more. */
const isOutage = (failures: string[]): boolean => failures[0]!.startsWith('Cannot connect')

function messageWithHint(failure: unknown): string {
  const hint = failure instanceof Error && 'hint' in failure ? failure.hint : undefined
  return typeof hint === 'string' ? `${messageOf(failure)}\n${hint}` : messageOf(failure)
}
