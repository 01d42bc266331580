import { goShape } from '../../formats/go-shapes/shapes.ts'
import { TemplateError } from '../../formats/go-template/faults.ts'
import { GoTemplate } from '../../formats/go-template/template.ts'
import { pointerTo } from '../../formats/go-template/values.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'
import { parseExactly } from './json.ts'

/** An object as the daemon sent it, and its Go type where templates can have one. */
export type Inspected = { raw: string; shape?: string }
const TEMPLATE_EXIT = 64

/**
 * Prints what `fetch` finds for each name: indented JSON, `json`, or a template. Names that are not found are told in the
 * end, after what was found. A template that cannot be read ends with 64 before anything is asked.
 */
export async function inspectAll(
  session: Session,
  names: string[],
  format: string,
  fetch: (name: string) => Promise<Inspected>,
): Promise<number> {
  const show = printer(format)
  const failures: string[] = []
  const found: string[] = []
  for (const name of names) {
    try {
      found.push(show.one(await fetch(name)))
    } catch (failure) {
      failures.push(messageWithHint(failure))
    }
  }
  session.stdout.write(show.all(found))
  if (failures.length > 0) throw new CommandFailure([...new Set(failures)].join('\n'))
  return 0
}

function messageWithHint(failure: unknown): string {
  const hint = failure instanceof Error && 'hint' in failure ? failure.hint : undefined
  return typeof hint === 'string' ? `${messageOf(failure)}\n${hint}` : messageOf(failure)
}

type Printer = { one: (found: Inspected) => string; all: (found: string[]) => string }

function printer(format: string): Printer {
  if (format === '') return { one: ({ raw }) => raw, all: found => `${indentJson(`[${found.join(',')}]`)}\n` }
  if (format === 'json') return { one: ({ raw }) => compactJson(raw), all: found => `[${found.join(',')}]\n` }
  const template = readTemplate(format)
  return { one: found => `${runTemplate(template, found)}\n`, all: found => (found.length > 0 ? found.join('') : '\n') }
}

/** One object through a template. Throws where it cannot be read or run. */
export const printInspected = (found: Inspected, format: string): string => printer(format).one(found)

export function readTemplate(format: string, name = ''): GoTemplate {
  try {
    return new GoTemplate(format, name)
  } catch (failure) {
    throw new CommandFailure(`template parsing error: ${messageOf(failure)}`, TEMPLATE_EXIT, failure)
  }
}

/** On the typed object first; where that fails, on the plain data with the names of the JSON. */
function runTemplate(template: GoTemplate, { raw, shape }: Inspected): string {
  const data = parseExactly(raw)
  try {
    if (shape) return template.run({ type: pointerTo(goShape(shape)), data: JSON.parse(raw) })
  } catch {}
  try {
    return template.runStrictly(data)
  } catch (failure) {
    if (!(failure instanceof TemplateError)) throw failure
    throw new CommandFailure(`template parsing error: ${failure.message}`, 1, failure)
  }
}

/** Re-indents without touching numbers or the order of keys. */
export function indentJson(text: string): string {
  let indented = ''
  let depth = 0
  const newline = () => `\n${'    '.repeat(depth)}`
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g)) {
    const [word] = token
    if (word === '{' || word === '[') {
      const isEmpty = /^\s*[}\]]/.test(text.slice(token.index + 1))
      depth++
      indented += isEmpty ? word : word + newline()
    } else if (word === '}' || word === ']') {
      depth--
      indented += /[{[]$/.test(indented) ? word : newline() + word
    } else indented += word === ',' ? `,${newline()}` : word === ':' ? ': ' : word
  }
  return indented
}

/** Without blanks between the words. */
const compactJson = (text: string): string => [...text.matchAll(/"(?:[^"\\]|\\.)*"|[^\s"]+/g)].join('')
