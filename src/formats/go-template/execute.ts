import { TemplateError } from './faults.ts'
import { functions, type GoFunction, ownEntry, type Parameter } from './functions.ts'
import type { CommandNode, ListNode, Node, Operand, PipeNode, Template } from './nodes.ts'
import { nodeText } from './nodes.ts'
import { printValue } from './print.ts'
import {
  concrete,
  elements,
  FLOAT,
  fieldOf,
  type GoValue,
  goAny,
  goBool,
  goInt,
  goString,
  INT,
  indirect,
  isNullish,
  isTrue,
  type Methods,
  mapKeys,
  methodResult,
} from './values.ts'

export type ExecuteOptions = {
  /** Fails on a key that a map does not have, instead of printing `<no value>`. */
  missingKeyFails?: boolean
  functions?: Record<string, GoFunction>
}

const MAX_DEPTH = 1_000

/** The template's text for `dot`. Throws {@link TemplateError} with Go's words. */
export function executeTemplate(template: Template, dot: GoValue, options: ExecuteOptions = {}): string {
  return new Evaluator(template, options).run(dot)
}

type Loop = 'break' | 'continue' | undefined

class Evaluator {
  readonly #template: Template
  readonly #functions: Record<string, GoFunction>
  readonly #missingKeyFails: boolean
  #variables: { name: string; value: GoValue }[] = []
  #out = ''
  #depth = 0
  #name: string

  constructor(template: Template, options: ExecuteOptions) {
    this.#template = template
    this.#name = template.name
    this.#functions = options.functions ?? functions
    this.#missingKeyFails = options.missingKeyFails ?? false
  }

  run(dot: GoValue): string {
    this.#variables = [{ name: '$', value: dot }]
    this.#list(dot, this.#template.root)
    return this.#out
  }

  #list(dot: GoValue, list: ListNode): Loop {
    for (const node of list.nodes) {
      const loop = this.#node(dot, node)
      if (loop) return loop
    }
    return undefined
  }

  #node(dot: GoValue, node: Node): Loop {
    switch (node.kind) {
      case 'text':
        this.#out += node.text
        return undefined
      case 'action': {
        const value = this.#pipe(dot, node.pipe)
        if (node.pipe.variables.length === 0) this.#out += printValue(value)
        return undefined
      }
      case 'template':
        this.#call(dot, node)
        return undefined
      case 'break':
      case 'continue':
        return node.kind
      case 'range':
        return this.#scoped(() => this.#range(dot, node))
      default:
        return this.#scoped(() => this.#choice(dot, node))
    }
  }

  #scoped<T>(work: () => T): T {
    const held = this.#variables.length
    const result = work()
    this.#variables.length = held
    return result
  }

  #choice(dot: GoValue, node: Extract<Node, { kind: 'if' | 'range' | 'with' }>): Loop {
    const value = this.#pipe(dot, node.pipe)
    if (value && isTrue(value)) return this.#list(node.kind === 'with' ? value : dot, node.list)
    return node.otherwise ? this.#list(dot, node.otherwise) : undefined
  }

  #range(dot: GoValue, node: Extract<Node, { kind: 'if' | 'range' | 'with' }>): undefined {
    const given = this.#pipe(dot, node.pipe)
    const pairs = given ? this.#pairs(given, node) : []
    const held = this.#variables.length
    for (const { key, value } of pairs) {
      this.#rangeVariables(node.pipe, key, value)
      const loop = this.#list(value, node.list)
      this.#variables.length = held
      if (loop === 'break') break
    }
    if (pairs.length === 0 && node.otherwise) this.#list(dot, node.otherwise)
    return undefined
  }

  #rangeVariables({ variables, assigns }: PipeNode, key: GoValue, value: GoValue): void {
    const values = variables.length === 1 ? [value] : [key, value]
    for (const [place, name] of variables.entries()) {
      const held = { name, value: values[place]! }
      if (assigns) this.#assign(name, held.value)
      else this.#variables.push(held)
    }
  }

  #pairs(given: GoValue, node: { pipe: PipeNode }): { key: GoValue; value: GoValue }[] {
    const { value, isNil } = indirect(given)
    if (isNil) return []
    const { type, data } = value
    if (type.kind === 'slice') {
      return elements(data).map((one, place) => ({ key: goInt(place), value: { type: type.of, data: one } }))
    }
    if (type.kind === 'map') {
      return mapKeys(data).map(key => ({ key: goString(key), value: { type: type.of, data: ownEntry(data, key) } }))
    }
    if (type.kind === 'int')
      return Array.from({ length: Number(data) }, (_, place) => ({ key: goInt(place), value: goInt(place) }))
    throw this.#error(node.pipe, nodeText(node.pipe), `range can't iterate over ${printValue(value)}`)
  }

  #call(dot: GoValue, node: Extract<Node, { kind: 'template' }>): void {
    const list = this.#template.defined.get(node.name)
    if (!list)
      throw this.#error(
        node,
        `{{template ${JSON.stringify(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ''}}}`,
        `template ${JSON.stringify(node.name)} not defined`,
      )
    if (++this.#depth > MAX_DEPTH) throw this.#error(node, '', `exceeded maximum template depth (${MAX_DEPTH})`)
    const argument = node.pipe ? (this.#pipe(dot, node.pipe) ?? goAny(null)) : goAny(null)
    const [variables, name] = [this.#variables, this.#name]
    this.#variables = [{ name: '$', value: argument }]
    this.#name = node.name
    this.#list(argument, list)
    this.#variables = variables
    this.#name = name
    this.#depth--
  }

  /** The value of a pipeline; undefined is Go's "no value". */
  #pipe(dot: GoValue, pipe: PipeNode): GoValue | undefined {
    let value: GoValue | undefined
    for (const [place, command] of pipe.commands.entries()) {
      value = this.#command(dot, command, place === 0 ? undefined : (value ?? goAny(null)))
      if (value?.type.kind === 'any' && !isNullish(value.data)) value = concrete(value)
    }
    for (const name of pipe.variables) {
      if (pipe.assigns) this.#assign(name, value ?? goAny(null))
      else this.#variables.push({ name, value: value ?? goAny(null) })
    }
    return value
  }

  #assign(name: string, value: GoValue): void {
    const held = this.#variables.findLast(variable => variable.name === name)
    if (held) held.value = value
  }

  /** `final` is what came through the pipe, the last argument. */
  #command(dot: GoValue, command: CommandNode, final: GoValue | undefined): GoValue | undefined {
    const [first, ...args] = command.operands as [Operand, ...Operand[]]
    switch (first.kind) {
      case 'field':
        return this.#path(dot, dot, first, first.path, args, final)
      case 'chain':
        if (first.node.kind === 'nil')
          throw this.#error(first, nodeText(first), 'indirection through explicit nil in <nil>')
        return this.#path(dot, this.#operand(dot, first.node as Operand), first, first.path, args, final)
      case 'variable':
        return this.#path(dot, this.#variable(first.path[0]!), first, first.path.slice(1), args, final)
      case 'identifier':
        return this.#function(dot, first, args, final)
    }
    if (args.length > 0 || final)
      throw this.#error(first, nodeText(first), `can't give argument to non-function ${nodeText(first)}`)
    if (first.kind === 'nil') throw this.#error(first, 'nil', 'nil is not a command')
    return first.kind === 'parenthesis' ? this.#pipe(dot, first.pipe) : this.#operand(dot, first)
  }

  #variable = (name: string): GoValue =>
    this.#variables.findLast(variable => variable.name === name)?.value ?? goAny(null)

  /** An operand where any value will do. */
  #operand(dot: GoValue, node: Operand): GoValue {
    switch (node.kind) {
      case 'dot':
        return dot
      case 'nil':
        return goAny(null)
      case 'bool':
        return goBool(node.value)
      case 'number':
        return { type: node.isInteger ? INT : FLOAT, data: node.value }
      case 'string':
        return goString(node.value)
      case 'parenthesis':
        return this.#pipe(dot, node.pipe) ?? goAny(null)
      default:
        return (
          this.#command(dot, { kind: 'command', operands: [node], at: node.at, line: node.line }, undefined) ??
          goAny(null)
        )
    }
  }

  #path(
    dot: GoValue,
    start: GoValue,
    node: Operand,
    path: string[],
    args: Operand[],
    final: GoValue | undefined,
  ): GoValue | undefined {
    if (path.length === 0) {
      if (args.length > 0 || final)
        throw this.#error(node, nodeText(node), `can't give argument to non-function ${nodeText(node)}`)
      return start
    }
    let value: GoValue | undefined = start
    for (const [place, name] of path.entries()) {
      const isLast = place === path.length - 1
      value = this.#field(dot, value ?? goAny(null), node, name, isLast ? args : [], isLast ? final : undefined)
    }
    return value
  }

  #field(
    dot: GoValue,
    receiver: GoValue,
    node: Operand,
    name: string,
    args: Operand[],
    final?: GoValue,
  ): GoValue | undefined {
    const fail = (reason: string) => this.#error(node, nodeText(node), reason)
    const { value, isNil } = indirect(receiver)
    if (isNil && receiver.type.kind === 'any') {
      if (this.#missingKeyFails) throw fail(`nil data; no entry for key ${JSON.stringify(name)}`)
      if (value.type.kind === 'any') return undefined
    }
    if (isNil) throw fail(`nil pointer evaluating ${receiver.type.name}.${name}`)
    if (value.type.kind === 'methods') return this.#method(dot, value, node, name, args, final)
    const refuseArguments = () => {
      if (args.length > 0 || final) throw fail(`${name} is not a method but has arguments`)
    }
    const field = fieldOf(value, name)
    if (field) {
      refuseArguments()
      return field
    }
    if (value.type.kind !== 'map') throw fail(`can't evaluate field ${name} in type ${receiver.type.name}`)
    refuseArguments()
    if (!isNullish(value.data) && Object.hasOwn(value.data as object, name)) {
      return { type: value.type.of, data: ownEntry(value.data, name) }
    }
    if (this.#missingKeyFails) throw fail(`map has no entry for key ${JSON.stringify(name)}`)
    return undefined
  }

  #method(dot: GoValue, receiver: GoValue, node: Operand, name: string, args: Operand[], final?: GoValue): GoValue {
    const methods = receiver.data as Methods
    const method = Object.hasOwn(methods, name) ? methods[name]! : undefined
    if (!method) throw this.#error(node, nodeText(node), `can't evaluate field ${name} in type ${receiver.type.name}`)
    const parameters = Array.from({ length: method.length }, () => 'string' as const)
    const values = this.#arguments(dot, node, name, { parameters, call: () => undefined }, args, final)
    return methodResult(method(...values.map(value => String(concrete(value).data))))
  }

  #function(
    dot: GoValue,
    node: Operand & { kind: 'identifier' },
    args: Operand[],
    final: GoValue | undefined,
  ): GoValue | undefined {
    const { name } = node
    if (name === 'and' || name === 'or') return this.#shortCircuit(dot, node, args, final)
    const definition = this.#functions[name]
    if (!definition) {
      const callee = args[0] ? `${nodeText(args[0])} of type ${concrete(this.#operand(dot, args[0])).type.name}` : 'nil'
      throw this.#error(node, [name, ...args.map(nodeText)].join(' '), `error calling call: non-function ${callee}`)
    }
    const values = this.#arguments(dot, node, name, definition, args, final)
    try {
      return definition.call(values)
    } catch (failure) {
      if (failure instanceof TemplateError) throw failure
      const shown = [name, ...args.map(nodeText)].join(' ')
      throw this.#error(node, shown, `error calling ${name}: ${(failure as Error).message}`)
    }
  }

  #shortCircuit(
    dot: GoValue,
    node: Operand & { kind: 'identifier' },
    args: Operand[],
    final: GoValue | undefined,
  ): GoValue {
    if (args.length === 0 && !final) {
      throw this.#error(node, nodeText(node), `wrong number of args for ${node.name}: want at least 1 got 0`)
    }
    let value = goAny(null)
    for (const arg of args) {
      value = this.#operand(dot, arg)
      if (isTrue(value) === (node.name === 'or')) return value
    }
    return final ?? value
  }

  #arguments(
    dot: GoValue,
    node: Operand,
    name: string,
    { parameters, variadic }: GoFunction,
    args: Operand[],
    final: GoValue | undefined,
  ): GoValue[] {
    const count = args.length + (final ? 1 : 0)
    if (count < parameters.length || (!variadic && count > parameters.length)) {
      const wanted = variadic ? `at least ${parameters.length}` : parameters.length
      throw this.#error(node, nodeText(node), `wrong number of args for ${name}: want ${wanted} got ${count}`)
    }
    const kindAt = (place: number): Parameter => parameters[place] ?? variadic ?? 'any'
    const values = args.map((arg, place) => this.#typed(kindAt(place), this.#operand(dot, arg), arg))
    if (final) values.push(this.#typed(kindAt(args.length), final, node))
    return values
  }

  #typed(parameter: Parameter, given: GoValue, node: Operand): GoValue {
    if (parameter === 'any') return given
    const value = concrete(given)
    const isRight =
      parameter === 'string'
        ? value.type.kind === 'string' && value.type.name === 'string'
        : parameter === 'int'
          ? value.type.kind === 'int' && value.type.name === 'int'
          : value.type.kind === 'slice' && ['string', 'any'].includes(value.type.of.kind)
    if (isRight) return value
    if (parameter === 'strings' && (node.kind === 'number' || node.kind === 'string' || node.kind === 'bool')) {
      throw this.#error(node, nodeText(node), `can't handle ${nodeText(node)} for arg of type []string`)
    }
    const expected = parameter === 'strings' ? '[]string' : parameter
    if (node.kind === 'number' || node.kind === 'string' || node.kind === 'bool') {
      const name = parameter === 'int' ? 'integer' : expected
      throw this.#error(node, nodeText(node), `expected ${name}; found ${nodeText(node)}`)
    }
    if (value.type.kind === 'any') throw this.#error(node, nodeText(node), `invalid value; expected ${expected}`)
    throw this.#error(node, nodeText(node), `wrong type for value; expected ${expected}; got ${value.type.name}`)
  }

  #error(node: { at: number }, shown: string, reason: string): TemplateError {
    const before = this.#template.text.slice(0, node.at)
    const line = before.split('\n').length
    const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1))
    return new TemplateError(
      `template: ${this.#template.name}:${line}:${column}: executing ${JSON.stringify(this.#name)} at <${shown}>: ${reason}`,
    )
  }
}
