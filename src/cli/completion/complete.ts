import type { Flag, FlagTable } from '../../formats/command-line/flag.ts'
import type { Command } from '../command.ts'
import { entries, findCommand, groups } from '../commands.table.ts'
import { globalFlags } from '../global-flags.ts'
import type { Session } from '../session.ts'
import { type Candidate, FILES } from './candidate.ts'
import { namesFrom } from './names.ts'

/**
 * `berth __complete WORD... PART`: what may stand in the place of PART, one to a line with its meaning after a tab. A daemon
 * that does not answer completes nothing, silently.
 */
export async function complete(session: Session, words: string[]): Promise<number> {
  const part = words.at(-1) ?? ''
  const candidates = await candidatesFor(session, words.slice(0, -1), part)
  for (const { word, about } of candidates) {
    if (word === FILES || word.startsWith(part)) session.print(about ? `${word}\t${about.split('\n', 1)[0]}` : word)
  }
  return 0
}

async function candidatesFor(session: Session, before: string[], part: string): Promise<Candidate[]> {
  const words = withoutGlobals(before)
  if (words.kind === 'value') return valuesOf(session, words.flag)
  if (words.rest.length === 0) return part.startsWith('-') ? flagNames(globalFlags) : topWords()
  if (words.rest[0] === 'help') return topWords()
  const found = findCommand(words.rest)
  if (found.kind === 'none') return []
  if (found.kind === 'group') return found.rest.length === 0 ? groupWords(found.group.name) : []
  const { command } = await found.entry.load()
  return inCommand(session, command, found.rest, part)
}

async function inCommand(session: Session, command: Command, before: string[], part: string): Promise<Candidate[]> {
  const state = readWords(command, before)
  if (state.kind === 'value') return valuesOf(session, state.flag)
  const equals = /^--([^=]+)=/.exec(part)
  if (equals && Object.hasOwn(command.flags, equals[1]!)) {
    const values = await valuesOf(session, command.flags[equals[1]!]!)
    return values.map(({ word, about }) => ({ word: word === FILES ? FILES : `${equals[0]}${word}`, about }))
  }
  if (part.startsWith('-') && !state.ended) return flagNames(command.flags)
  return operandWords(session, command, state.operands)
}

type State = { kind: 'value'; flag: Flag<unknown> } | { kind: 'words'; operands: string[]; ended: boolean }

/** Which flag waits for its value, or which operands have been given. */
function readWords(command: Command, words: string[]): State {
  const operands: string[] = []
  let ended = false
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (ended || !word.startsWith('-') || word === '-') {
      operands.push(word)
      ended ||= command.interspersed === false
    } else if (word === '--') ended = true
    else {
      const flag = waitingFlag(command.flags, word)
      if (flag && at === words.length - 1) return { kind: 'value', flag }
      if (flag) at++
    }
  }
  return { kind: 'words', operands, ended }
}

/** The flag of `--name` or of the last letter in `-abc`, where its value is the next word. */
function waitingFlag(table: FlagTable, word: string): Flag<unknown> | undefined {
  if (word.includes('=')) return undefined
  if (word.startsWith('--')) {
    const flag = Object.hasOwn(table, word.slice(2)) ? table[word.slice(2)] : undefined
    return flag && flag.type.bare === undefined ? flag : undefined
  }
  for (const [place, letter] of [...word.slice(1)].entries()) {
    const flag = Object.values(table).find(({ short }) => short === letter)
    if (!flag) return undefined
    if (flag.type.bare === undefined) return place === word.length - 2 ? flag : undefined
  }
  return undefined
}

function withoutGlobals(words: string[]): { kind: 'value'; flag: Flag<unknown> } | { kind: 'rest'; rest: string[] } {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (!word.startsWith('-')) return { kind: 'rest', rest: words.slice(at) }
    const flag = waitingFlag(globalFlags, word)
    if (flag && at === words.length - 1) return { kind: 'value', flag }
    if (flag) at++
  }
  return { kind: 'rest', rest: [] }
}

const flagNames = (table: FlagTable): Candidate[] =>
  Object.entries(table)
    .filter(([, flag]) => !flag.hidden)
    .map(([name, flag]) => ({ word: `--${name}`, about: flag.usage }))

const topWords = (): Candidate[] => [
  ...entries
    .filter(({ hidden, top, path }) => !hidden && (top !== undefined || !path.includes(' ')))
    .map(({ top, path, short }) => ({ word: top ?? path, about: short })),
  ...groups.map(({ name, short }) => ({ word: name, about: short })),
  { word: 'help', about: 'Help about the command' },
]

const DAEMON_WORDS: Candidate[] = [
  { word: 'start', about: 'Start the daemon in the background' },
  { word: 'stop', about: 'Stop the daemon; containers go on' },
  { word: 'status', about: 'Tell whether a daemon runs' },
]

const groupWords = (name: string): Candidate[] =>
  name === 'daemon'
    ? DAEMON_WORDS
    : entries
        .filter(({ path }) => path.startsWith(`${name} `))
        .map(({ path, short }) => ({ word: path.slice(name.length + 1), about: short }))

async function valuesOf(session: Session, flag: Flag<unknown>): Promise<Candidate[]> {
  const target = flag.complete
  if (target === undefined) return []
  if (typeof target !== 'string') return target.map(word => ({ word }))
  return namesFrom(session, target)
}

async function operandWords(session: Session, command: Command, operands: string[]): Promise<Candidate[]> {
  const { complete: source, operands: rule } = command
  if (!source || operands.length >= rule.most) return []
  const onlyFirst = command.interspersed === false || source === 'exec'
  if (onlyFirst && operands.length > 0) return []
  const names = await namesFrom(session, source === 'exec' ? 'running' : source)
  return names.filter(({ word }) => !operands.includes(word))
}
