import { compilePattern } from '../../../formats/pattern/pattern.ts'
import { logFaults } from '../faults.ts'
import type { LogSubject } from './log-subject.ts'

/** They are in every line. */
const LONGEST_ATTRIBUTES = 65_536

/**
 * The labels and variables that the options `labels`, `labels-regex`, `env` and `env-regex` name; `rename` makes the keys that
 * the driver writes. Throws logFaults.VALUE at what is no pattern.
 */
export function extraAttributes(
  { options, labels, env }: LogSubject,
  rename: (key: string) => string = key => key,
): Record<string, string> {
  const variables = new Map(env.filter(entry => entry.includes('=')).map(entry => splitOnce(entry)))
  const chosen = [
    ...choose(new Map(Object.entries(labels)), options['labels'], options['labels-regex']),
    ...choose(variables, options['env'], options['env-regex']),
  ]
  const attributes = Object.fromEntries(chosen.map(([key, value]) => [rename(key), value]))
  if (JSON.stringify(attributes).length > LONGEST_ATTRIBUTES) {
    throw logFaults.VALUE(`the labels and variables for the log are longer than ${LONGEST_ATTRIBUTES} characters`)
  }
  return attributes
}

function choose(all: Map<string, string>, names = '', pattern = ''): [string, string][] {
  const wanted = names.split(',')
  const matches = pattern === '' ? () => false : matcher(pattern)
  return [...all].filter(([key]) => wanted.includes(key) || matches(key))
}

function matcher(source: string): (key: string) => boolean {
  const pattern = compilePattern(source)
  if (!pattern) throw logFaults.VALUE(`error parsing regexp: \`${source}\``)
  return key => pattern.foundIn(key)
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=')
  return [entry.slice(0, at), entry.slice(at + 1)]
}
