import { CommandFailure } from '../failures.ts'
import type { Session } from '../session.ts'
import { rawInput } from '../terminal.ts'

const CTRL_C = '\x03'
const CTRL_D = '\x04'
const BACKSPACES = ['\x7f', '\b']

/** Asks for a line on the terminal; the answer without blanks around it. */
export async function askLine(session: Session, question: string): Promise<string> {
  session.stdout.write(question)
  await session.flush()
  let answer = ''
  for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
    answer += String(chunk)
    if (answer.includes('\n')) break
  }
  return (answer.split('\n', 1)[0] ?? '').trim()
}

/** As askLine, but what is typed does not appear. */
export async function askHidden(session: Session, question: string): Promise<string> {
  session.stdout.write(question)
  await session.flush()
  const answer = await readHidden()
  session.print('')
  return answer
}

async function readHidden(): Promise<string> {
  using _raw = rawInput()
  let answer = ''
  for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
    for (const key of String(chunk)) {
      if (key === CTRL_C) throw new CommandFailure('', 130)
      if (key === '\r' || key === '\n' || key === CTRL_D) return answer.trim()
      answer = BACKSPACES.includes(key) ? answer.slice(0, -1) : answer + key
    }
  }
  return answer.trim()
}
