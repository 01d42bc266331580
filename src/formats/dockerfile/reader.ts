import { DirectiveReader } from './directives.ts'
import type { Directives } from './dockerfile.ts'
import { DockerfileFault } from './faults.ts'
import { type Heredoc, type HeredocWord, heredocsOf } from './heredoc.ts'
import { SourceLine } from './source-line.ts'
import { parseStringArray, type SplitInstruction, splitInstruction } from './split.ts'
import { trim, trimStart } from './white-space.ts'

/** One instruction before its arguments are looked at. */
export type RawInstruction = SplitInstruction & {
  line: SourceLine
  heredocs: Heredoc[]
  comments: string[]
  /** An empty line stands within it. */
  hasEmptyContinuation: boolean
}

export type RawFile = { directives: Directives; instructions: RawInstruction[] }

const TAKE_HEREDOCS = ['add', 'copy', 'run']

/** Parts a file into instructions: directives, comments, continued lines, heredocs. Throws DockerfileFault. */
export function readInstructions(lines: readonly string[]): RawFile {
  const reader = new Reader(lines)
  const instructions = [...reader.instructions()]
  return { directives: reader.directives, instructions }
}

class Reader {
  readonly #lines: readonly string[]
  readonly #directives = new DirectiveReader()
  #at = 0
  #comments: string[] = []

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  get directives(): Directives {
    return this.#directives.directives
  }

  *instructions(): Generator<RawInstruction> {
    while (this.#at < this.#lines.length) {
      const text = withoutLineEnd(this.#lines[this.#at]!)
      const content = trimStart(text)
      const isDirective = this.#directives.read(content, this.#at + 1, text.length - content.length + 1)
      if (isDirective || content === '') this.#at++
      else if (content.startsWith('#')) this.#comment(content)
      else yield this.#instruction(text.length - content.length)
    }
  }

  /** An empty comment parts descriptions: only what stands below it belongs to the instruction. */
  #comment(content: string): void {
    const comment = trim(content.slice(1))
    if (comment === '') this.#comments = []
    else this.#comments.push(comment)
    this.#at++
  }

  #instruction(indent: number): RawInstruction {
    const line = new SourceLine(this.#at + 1)
    const hasEmptyContinuation = this.#join(line, indent)
    const comments = this.#comments
    this.#comments = []
    const split = splitInstruction(line.text, this.directives.escape)
    return { ...split, line, comments, hasEmptyContinuation, heredocs: this.#heredocs(line, split) }
  }

  /** Adds the line and those that continue it; comments and empty lines between them fall away. */
  #join(line: SourceLine, indent: number): boolean {
    let hasEmpty = false
    let isContinued = this.#append(line, indent)
    while (isContinued && this.#at < this.#lines.length) {
      const content = trimStart(withoutLineEnd(this.#lines[this.#at]!))
      if (content !== '' && !content.startsWith('#')) {
        isContinued = this.#append(line, 0)
        continue
      }
      hasEmpty ||= content === ''
      line.endLine = ++this.#at
    }
    return hasEmpty
  }

  #append(line: SourceLine, indent: number): boolean {
    const text = withoutLineEnd(this.#lines[this.#at]!).slice(indent)
    const end = continuationOf(text, this.directives.escape)
    line.append(text.slice(0, end), this.#at + 1, indent + 1)
    line.endLine = ++this.#at
    return end !== undefined
  }

  #heredocs(line: SourceLine, split: SplitInstruction): Heredoc[] {
    if (!takesHeredocs(split, this.directives.escape)) return []
    return this.#words(line).map(word => ({ ...word, content: this.#content(word, line) }))
  }

  #words(line: SourceLine): HeredocWord[] {
    try {
      return heredocsOf(line.text)
    } catch (failure) {
      throw new DockerfileFault((failure as Error).message, line.spanOf(0, line.text.length), { cause: failure })
    }
  }

  #content(word: HeredocWord, line: SourceLine): string {
    const start = this.#at
    while (this.#at < this.#lines.length) {
      const text = withoutLineEnd(this.#lines[this.#at++]!)
      if ((word.chomp ? text.replace(/^\t+/, '') : text) !== word.name) continue
      line.endLine = this.#at
      return this.#lines.slice(start, this.#at - 1).join('')
    }
    throw new DockerfileFault('unterminated heredoc', line.spanOf(0, line.text.length), {
      hint: `a line that is ${word.name} and nothing else has to end what <<${word.name} begins`,
    })
  }
}

function takesHeredocs(split: SplitInstruction, escapeCharacter: '\\' | '`'): boolean {
  const keyword = split.keyword.text.toLowerCase()
  if (keyword === 'onbuild') return takesHeredocs(splitInstruction(split.rest.text, escapeCharacter), escapeCharacter)
  return TAKE_HEREDOCS.includes(keyword) && !Array.isArray(parseStringArray(split.rest.text))
}

function withoutLineEnd(line: string): string {
  let end = line.length
  while (end > 0 && (line[end - 1] === '\n' || line[end - 1] === '\r')) end--
  return line.slice(0, end)
}

/** Where the text ends if its last character continues it on the next line; an escaped escape does not. */
function continuationOf(text: string, escapeCharacter: string): number | undefined {
  let end = text.length
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
  if (text[end - 1] !== escapeCharacter) return undefined
  return end >= 2 && text[end - 2] === escapeCharacter ? undefined : end - 1
}

/** The lines of a text with their ends; a byte order mark at its start is dropped. */
export function linesOf(text: string): string[] {
  return text.replace(/^\ufeff/, '').match(/[^\n]*\n|[^\n]+$/g) ?? []
}
