import type { ArgInstruction, KeyValue } from '../dockerfile.ts'
import type { RawInstruction } from '../reader.ts'
import { type Part, splitWords } from '../split.ts'
import { faultIn, needsOne } from './fault.ts'
import { readFlags } from './flags.ts'

type Escape = '\\' | '`'

export function readEnv(raw: RawInstruction, escapeCharacter: Escape) {
  const pairs = readPairs(raw, escapeCharacter)
  readFlags(raw, {})
  return { kind: 'env' as const, pairs }
}

export function readLabel(raw: RawInstruction, escapeCharacter: Escape) {
  const pairs = readPairs(raw, escapeCharacter)
  readFlags(raw, {})
  return { kind: 'label' as const, pairs }
}

/** `key=value …`, or, where the first word has no `=`, the old form `key the rest of the line`. */
function readPairs(raw: RawInstruction, escapeCharacter: Escape): KeyValue[] {
  const words = splitWords(raw.rest, escapeCharacter)
  if (words.length === 0) throw needsOne(raw)
  if (!words[0]!.text.includes('=')) return [legacyPair(raw)]
  return words.map(word => pairOf(raw, word))
}

function legacyPair(raw: RawInstruction): KeyValue {
  const match = /^([^\t\v\f\r ]*)[\t\v\f\r ]+(.*)$/s.exec(raw.rest.text)
  if (match) return { key: match[1]!, value: match[2]!, isLegacy: true }
  const name = raw.keyword.text.toUpperCase()
  throw faultIn(raw, `${name} must have two arguments`, raw.rest, `${name} NAME=VALUE`)
}

function pairOf(raw: RawInstruction, word: Part): KeyValue {
  const at = word.text.indexOf('=')
  if (at < 0) {
    const reason = `Syntax error - can't find = in ${JSON.stringify(word.text)}. Must be of the form: name=value`
    throw faultIn(raw, reason, word, 'a value with spaces needs quotes')
  }
  if (at === 0) throw blankName(raw, word)
  return { key: word.text.slice(0, at), value: word.text.slice(at + 1), isLegacy: false }
}

const blankName = (raw: RawInstruction, word: Part) =>
  faultIn(raw, `${raw.keyword.text.toUpperCase()} names can not be blank`, word)

export function readArg(raw: RawInstruction, escapeCharacter: Escape): Pick<ArgInstruction, 'kind' | 'args'> {
  const words = splitWords(raw.rest, escapeCharacter)
  if (words.length === 0) throw needsOne(raw)
  readFlags(raw, {})
  return { kind: 'arg', args: words.map(word => argOf(raw, word)) }
}

function argOf(raw: RawInstruction, word: Part): ArgInstruction['args'][number] {
  const at = word.text.indexOf('=')
  if (at === 0) throw blankName(raw, word)
  const key = at < 0 ? word.text : word.text.slice(0, at)
  const value = at < 0 ? undefined : word.text.slice(at + 1)
  return { key, value, comment: descriptionOf(raw.comments, key) }
}

/** What a comment line says that begins with the name. */
export function descriptionOf(comments: readonly string[], name: string | undefined): string | undefined {
  if (!name) return undefined
  return comments.find(line => line.startsWith(`${name} `))?.slice(name.length + 1)
}
