import { TemplateError } from './faults.ts'
import { type Token, type TokenKind, tokenize } from './lexer.ts'
import { unquoteString, valueOfChar } from './literals.ts'
import type { BranchNode, CommandNode, ListNode, Node, Operand, PipeNode, Template } from './nodes.ts'
import { nodeText } from './nodes.ts'

/** Reads a template. `functions` are the names that it may call. Throws {@link TemplateError} with Go's words. */
export function parseTemplate(text: string, functions: ReadonlySet<string>, name = ''): Template {
  return new Parser(text, functions, name).template()
}

const STARTS_OPERAND: TokenKind[] = [
  'bool',
  'char',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  '(',
]

type ListEnd = { list: ListNode; end: 'end' | 'else' | 'eof'; at: Token }

class Parser {
  readonly #text: string
  readonly #name: string
  readonly #functions: ReadonlySet<string>
  readonly #tokens: Token[]
  readonly #defined = new Map<string, ListNode>()
  #at = 0
  #variables = ['$']
  #rangeDepth = 0

  constructor(text: string, functions: ReadonlySet<string>, name: string) {
    this.#text = text
    this.#name = name
    this.#functions = functions
    this.#tokens = tokenize(text, name)
  }

  template(): Template {
    const { list, end, at } = this.#list(true)
    const next = end === 'else' ? this.#nextWord() : undefined
    if (next && next.kind !== 'close') throw this.#unexpected(next, 'else')
    if (end !== 'eof') throw this.#error(`unexpected {{${end}}}`, at)
    return { name: this.#name, text: this.#text, root: list, defined: this.#defined }
  }

  /** Nodes up to `{{end}}`, `{{else}}` or the end of the text. */
  #list(isTop = false): ListEnd {
    const nodes: Node[] = []
    for (;;) {
      const token = this.#next()
      if (token.kind === 'end') return { list: { kind: 'list', nodes }, end: 'eof', at: token }
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text, at: token.at, line: token.line })
        continue
      }
      const word = this.#nextWord()
      if (word.kind === 'keyword' && (word.text === 'end' || word.text === 'else')) {
        if (word.text === 'end') this.#close('end')
        return { list: { kind: 'list', nodes }, end: word.text, at: word }
      }
      if (isTop && word.kind === 'keyword' && word.text === 'define') this.#define()
      else nodes.push(this.#action(word))
    }
  }

  #action(word: Token): Node {
    if (word.kind === 'keyword') {
      if (word.text === 'if' || word.text === 'range' || word.text === 'with') return this.#branch(word.text, word)
      if (word.text === 'template') return this.#templateCall(word)
      if (word.text === 'block') return this.#block(word)
      if (word.text === 'break' || word.text === 'continue') return this.#leave(word.text, word)
    }
    this.#back(word)
    const pipe = this.#pipe('command', 'close')
    return { kind: 'action', pipe, at: word.at, line: word.line }
  }

  #leave(kind: 'break' | 'continue', word: Token): Node {
    const next = this.#nextWord()
    if (next.kind !== 'close') throw this.#unexpected(next, `{{${kind}}}`)
    if (this.#rangeDepth === 0) throw this.#error(`{{${kind}}} outside {{range}}`, word)
    return { kind, at: word.at, line: word.line }
  }

  #branch(kind: 'if' | 'range' | 'with', word: Token): BranchNode {
    const held = this.#variables.length
    const pipe = this.#pipe(kind, 'close')
    if (kind === 'range') this.#rangeDepth++
    const first = this.#list()
    if (kind === 'range') this.#rangeDepth--
    const node: BranchNode = { kind, pipe, list: first.list, at: pipe.at, line: word.line }
    if (first.end === 'eof') throw this.#error('unexpected EOF', first.at)
    if (first.end === 'else') node.otherwise = this.#otherwise(kind)
    this.#variables.length = held
    return node
  }

  #otherwise(kind: 'if' | 'range' | 'with'): ListNode {
    const next = this.#nextWord()
    if (next.kind === 'keyword' && next.text === kind && kind !== 'range') {
      return { kind: 'list', nodes: [this.#branch(kind, next)] }
    }
    if (next.kind !== 'close') throw this.#unexpected(next, 'else')
    const rest = this.#list()
    if (rest.end === 'eof') throw this.#error('unexpected EOF', rest.at)
    if (rest.end === 'else') throw this.#error('expected end; found {{else}}', rest.at)
    return rest.list
  }

  #define(): void {
    const name = this.#templateName('define clause')
    this.#close('define clause')
    this.#defined.set(name, this.#body())
  }

  #block(word: Token): Node {
    const name = this.#templateName('block clause')
    const pipe = this.#pipe('block clause', 'close')
    this.#defined.set(name, this.#body())
    return { kind: 'template', name, pipe, at: word.at, line: word.line }
  }

  /** The list of a definition, with variables of its own. */
  #body(): ListNode {
    const [variables, depth] = [this.#variables, this.#rangeDepth]
    this.#variables = ['$']
    this.#rangeDepth = 0
    const { list, end, at } = this.#list()
    if (end !== 'end') throw this.#error(end === 'eof' ? 'unexpected EOF' : 'unexpected {{else}}', at)
    this.#variables = variables
    this.#rangeDepth = depth
    return list
  }

  #templateCall(word: Token): Node {
    const { at } = this.#peekWord()
    const name = this.#templateName('template clause')
    const next = this.#nextWord()
    if (next.kind === 'close') return { kind: 'template', name, at, line: word.line }
    this.#back(next)
    return { kind: 'template', name, pipe: this.#pipe('template clause', 'close'), at, line: word.line }
  }

  #templateName(context: string): string {
    const token = this.#nextWord()
    if (token.kind !== 'string' && token.kind !== 'rawString') throw this.#unexpected(token, context)
    return unquoteString(token.text)
  }

  #pipe(context: string, end: 'close' | ')'): PipeNode {
    const first = this.#peekWord()
    const pipe: PipeNode = {
      kind: 'pipe',
      assigns: false,
      variables: [],
      commands: [],
      at: first.at,
      line: first.line,
    }
    this.#declarations(pipe, context)
    for (;;) {
      const token = this.#nextWord()
      if (token.kind === end) return this.#checked(pipe, context, token)
      this.#back(token)
      if (!STARTS_OPERAND.includes(token.kind)) throw this.#unexpected(token, context)
      pipe.commands.push(this.#command())
    }
  }

  #declarations(pipe: PipeNode, context: string): void {
    for (;;) {
      const start = this.#at
      const token = this.#nextWord()
      const after = token.kind === 'variable' ? this.#nextWord() : token
      if (!['declare', 'assign', ','].includes(after.kind)) {
        this.#at = start
        return
      }
      if (after.kind === ',' && context !== 'range') throw this.#error(`too many declarations in ${context}`, token)
      if (after.kind === 'assign' && !this.#variables.includes(token.text)) {
        throw this.#error(`undefined variable ${JSON.stringify(token.text)}`, token)
      }
      pipe.variables.push(token.text)
      if (pipe.variables.length > 2) throw this.#error(`too many declarations in ${context}`, token)
      pipe.assigns = after.kind === 'assign'
      if (after.kind !== 'assign') this.#variables.push(token.text)
      if (after.kind !== ',') return
    }
  }

  #checked(pipe: PipeNode, context: string, token: Token): PipeNode {
    if (pipe.commands.length === 0) throw this.#error(`missing value for ${context}`, token)
    for (const [place, command] of pipe.commands.entries()) {
      const first = command.operands[0]!
      if (place > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes(first.kind)) {
        throw this.#error(`non executable command in pipeline stage ${place + 1}`, token)
      }
    }
    return pipe
  }

  #command(): CommandNode {
    const first = this.#peekWord()
    const command: CommandNode = { kind: 'command', operands: [], at: first.at, line: first.line }
    for (;;) {
      this.#peekWord()
      const operand = this.#operand()
      if (operand) command.operands.push(operand)
      const token = this.#next()
      if (token.kind === 'space') continue
      if (token.kind === 'close' || token.kind === ')') this.#back(token)
      else if (token.kind !== 'pipe') throw this.#unexpected(token, 'operand')
      break
    }
    if (command.operands.length === 0) throw this.#error('empty command', first)
    return command
  }

  /** A term with the `.fields` that follow it without a blank. */
  #operand(): Operand | undefined {
    const node = this.#term()
    if (!node || this.#peek().kind !== 'field') return node
    const place = this.#peek()
    const path: string[] = []
    while (this.#peek().kind === 'field') path.push(this.#next().text.slice(1))
    if (node.kind === 'field' || node.kind === 'variable') {
      return { ...node, path: [...node.path, ...path], at: place.at }
    }
    if (['bool', 'string', 'number', 'nil', 'dot'].includes(node.kind)) {
      throw this.#error(`unexpected . after term ${JSON.stringify(nodeText(node))}`, place)
    }
    return { kind: 'chain', node, path, at: place.at, line: place.line }
  }

  #term(): Operand | undefined {
    const token = this.#nextWord()
    const place = { at: token.at, line: token.line }
    switch (token.kind) {
      case 'identifier':
        if (!this.#functions.has(token.text))
          throw this.#error(`function ${JSON.stringify(token.text)} not defined`, token)
        return { kind: 'identifier', name: token.text, ...place }
      case 'dot':
        return { kind: 'dot', ...place }
      case 'nil':
        return { kind: 'nil', ...place }
      case 'variable':
        if (!this.#variables.includes(token.text)) {
          throw this.#error(`undefined variable ${JSON.stringify(token.text)}`, token)
        }
        return { kind: 'variable', path: [token.text], ...place }
      case 'field':
        return { kind: 'field', path: [token.text.slice(1)], ...place }
      case 'bool':
        return { kind: 'bool', value: token.text === 'true', ...place }
      case 'char':
        return { kind: 'number', text: token.text, value: valueOfChar(token.text), isInteger: true, ...place }
      case 'number':
        return { ...this.#number(token), ...place }
      case '(':
        return { kind: 'parenthesis', pipe: this.#pipe('parenthesized pipeline', ')'), ...place }
      case 'string':
      case 'rawString':
        return { kind: 'string', text: token.text, value: this.#string(token), ...place }
      default:
        this.#back(token)
        return undefined
    }
  }

  #string(token: Token): string {
    try {
      return unquoteString(token.text)
    } catch {
      throw this.#error('invalid syntax', token)
    }
  }

  #number(token: Token): { kind: 'number'; text: string; value: number; isInteger: boolean } {
    const digits = token.text.replaceAll('_', '')
    const sign = digits.startsWith('-') ? -1 : 1
    const bare = digits.replace(/^[+-]/, '')
    const value = sign * Number(/^0\d+$/.test(bare) ? `0o${bare.slice(1)}` : bare)
    if (Number.isNaN(value)) throw this.#error(`illegal number syntax: ${JSON.stringify(token.text)}`, token)
    return {
      kind: 'number',
      text: token.text,
      value,
      isInteger: /^0x/i.test(bare) || !/[.ep]/i.test(bare),
    }
  }

  #close(context: string): void {
    const token = this.#nextWord()
    if (token.kind !== 'close') throw this.#unexpected(token, context)
  }

  #next(): Token {
    const token = this.#tokens[Math.min(this.#at++, this.#tokens.length - 1)]!
    if (token.kind === 'error') throw new TemplateError(token.text)
    return token
  }

  #peek = (): Token => this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!

  #nextWord(): Token {
    for (;;) {
      const token = this.#next()
      if (token.kind !== 'space') return token
    }
  }

  #peekWord(): Token {
    while (this.#peek().kind === 'space') this.#at++
    return this.#peek()
  }

  #back(token: Token): void {
    this.#at = this.#tokens.indexOf(token, Math.max(0, this.#at - 3))
  }

  #error = (reason: string, token: Token): TemplateError =>
    new TemplateError(`template: ${this.#name}:${token.line}: ${reason}`)

  #unexpected = (token: Token, context: string): TemplateError =>
    this.#error(`unexpected ${tokenText(token)} in ${context}`, token)
}

const KIND_NAMES: Partial<Record<TokenKind, string>> = { end: 'EOF' }

function tokenText(token: Token): string {
  const name = KIND_NAMES[token.kind]
  if (name) return name
  if (token.kind === 'keyword' || token.kind === 'dot' || token.kind === 'nil') return `<${token.text}>`
  return token.text.length > 10 ? `${JSON.stringify(token.text.slice(0, 10))}...` : JSON.stringify(token.text)
}
