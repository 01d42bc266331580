import type { ModeChange, ModeClause } from '../../store/copy/requests.ts'
import { buildFaults } from './faults.ts'

const WHO: Record<string, number> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }
const PERMISSIONS: Record<string, number> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 }

/** `--chmod`: octal, or the symbolic form of chmod(1) without its copies of others' bits. Throws buildFaults.CHMOD. */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) return { bits: Number.parseInt(text, 8) }
  return { clauses: text.split(',').flatMap(clause => clausesOf(clause, text)) }
}

function clausesOf(clause: string, whole: string): ModeClause[] {
  const match = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause)
  if (!match) throw buildFaults.CHMOD(whole)
  const who = [...(match[1] || 'a')].reduce((bits, letter) => bits | WHO[letter]!, 0)
  return [...match[2]!.matchAll(/([-+=])([rwxXst]*)/g)].map(([, operation, letters = '']) => ({
    who,
    operation: operation as ModeClause['operation'],
    permissions: [...letters].reduce((bits, letter) => bits | (PERMISSIONS[letter] ?? 0), 0),
    ifExecutable: letters.includes('X'),
  }))
}
