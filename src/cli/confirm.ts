import { askLine } from './registry/prompt.ts'
import type { Session } from './session.ts'

/** docker's question before something is deleted; only `y` or `yes` is a yes. */
export async function confirmed(session: Session, warning: string): Promise<boolean> {
  const answer = await askLine(session, `${warning}\nAre you sure you want to continue? [y/N] `)
  return /^y(es)?$/i.test(answer)
}
