import type { Directive, Directives, Escape, Span } from './dockerfile.ts'
import { DockerfileFault } from './faults.ts'
import { trimStart } from './white-space.ts'

const NAMES = ['syntax', 'escape', 'check'] as const
type Name = (typeof NAMES)[number]

/** Reads the directives at the top of a file: comments `# name=value` before anything else, each at most once. */
export class DirectiveReader {
  readonly directives: Directives = { escape: '\\' }
  #seen = new Set<Name>()
  #isOver = false

  /** Whether the line is a directive. `text` has no leading white space. */
  read(text: string, line: number, column = 1): boolean {
    if (this.#isOver) return false
    const match = directiveOf(text, '#')
    if (!match) {
      this.#isOver = true
      return false
    }
    const span = { start: { line, column }, end: { line, column: column + Math.max(text.length, 1) - 1 } }
    this.#take(match.name, match.value, span)
    return true
  }

  #take(name: Name, value: string, span: Span): void {
    if (this.#seen.has(name)) throw new DockerfileFault(`only one ${name} parser directive can be used`, span)
    this.#seen.add(name)
    if (name === 'escape') this.directives.escape = escapeOf(value, span)
    else this.directives[name] = { value, span }
  }
}

function directiveOf(text: string, prefix: string): { name: Name; value: string } | undefined {
  if (!text.startsWith(prefix)) return undefined
  const match = /^([a-zA-Z][a-zA-Z0-9]*)\s*=(.*)$/.exec(trimStart(text.slice(prefix.length)))
  const name = NAMES.find(known => known === match?.[1]?.toLowerCase())
  const value = match?.[2]?.trim()
  return name && value ? { name, value } : undefined
}

function escapeOf(value: string, span: Span): Escape {
  if (value === '\\' || value === '`') return value
  throw new DockerfileFault(`invalid escape token '${value}' does not match \` or \\`, span)
}

/**
 * The frontend that a build file names, whatever its language: `# syntax=`, `// syntax=` or a member `syntax` of a JSON
 * object; a first line `#!…` is passed over. undefined where it names none.
 */
export function detectSyntax(text: string): Directive | undefined {
  const lines = text.replace(/^\ufeff/, '').split('\n')
  const first = lines[0]?.startsWith('#!') ? 1 : 0
  return commentSyntax(lines, first, '#') ?? commentSyntax(lines, first, '//') ?? jsonSyntax(lines.slice(first), first)
}

function commentSyntax(lines: string[], first: number, prefix: string): Directive | undefined {
  for (let index = first; index < lines.length; index++) {
    const match = directiveOf(lines[index]!.trimEnd(), prefix)
    if (!match) return undefined
    if (match.name === 'syntax') return { value: match.value, span: wholeLine(lines[index]!, index + 1) }
  }
  return undefined
}

function jsonSyntax(lines: string[], first: number): Directive | undefined {
  if (!lines.join('\n').trimStart().startsWith('{')) return undefined
  try {
    const { syntax } = JSON.parse(lines.join('\n')) as { syntax?: unknown }
    return typeof syntax === 'string' ? { value: syntax, span: wholeLine('', first + 1) } : undefined
  } catch {
    return undefined
  }
}

const wholeLine = (text: string, line: number): Span => ({
  start: { line, column: 1 },
  end: { line, column: Math.max(1, text.length) },
})
