import type { Flag, FlagTable } from './flag.ts'

/** A command line that does not follow the grammar; the message is pflag's. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError'
}

export type ParsedLine = {
  values: Record<string, unknown>
  /** Names of the flags that were given (an alias counts as the flag it stands for). */
  changed: Set<string>
  /** Names of the flags as they were written. */
  written: Set<string>
  operands: string[]
  /** `--help` was asked for; nothing after it was read. */
  help: boolean
  /** Lines to tell before running, such as the use of a deprecated flag. */
  notices: string[]
}

export type ParseOptions = {
  /** Whether flags may follow operands; `run` and `exec` stop at the first operand. */
  interspersed: boolean
}

/**
 * pflag's grammar: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`, joined short booleans, `--` ends the
 * flags, `-` alone is an operand. Throws {@link CommandLineError}.
 */
export function parseLine(table: FlagTable, args: readonly string[], options: ParseOptions): ParsedLine {
  const reader = new LineReader(table, args)
  while (reader.more() && !reader.line.help) {
    const arg = reader.next()
    if (arg.length < 2 || arg[0] !== '-') {
      reader.line.operands.push(arg)
      if (!options.interspersed) reader.takeRest()
    } else if (arg === '--') reader.takeRest()
    else if (arg[1] === '-') reader.long(arg)
    else reader.short(arg)
  }
  return reader.line
}

class LineReader {
  readonly line: ParsedLine
  readonly #table: FlagTable
  readonly #args: readonly string[]
  readonly #shorts = new Map<string, string>()
  #at = 0

  constructor(table: FlagTable, args: readonly string[]) {
    this.#table = table
    this.#args = args
    const values: Record<string, unknown> = {}
    for (const [name, flag] of Object.entries(table)) {
      if (!flag.aliasOf) values[name] = flag.value
      if (flag.short) this.#shorts.set(flag.short, name)
    }
    this.line = { values, changed: new Set(), written: new Set(), operands: [], help: false, notices: [] }
  }

  more = (): boolean => this.#at < this.#args.length
  next = (): string => this.#args[this.#at++]!

  takeRest(): void {
    this.line.operands.push(...this.#args.slice(this.#at))
    this.#at = this.#args.length
  }

  long(arg: string): void {
    const body = arg.slice(2)
    if (body.startsWith('-') || body.startsWith('=')) throw new CommandLineError(`bad flag syntax: ${arg}`)
    const at = body.indexOf('=')
    const name = at < 0 ? body : body.slice(0, at)
    const flag = this.#find(name)
    if (!flag) this.#unknown(name === 'help', `unknown flag: --${name}`)
    else if (at >= 0) this.#set(name, flag, body.slice(at + 1))
    else if (flag.type.bare !== undefined) this.#set(name, flag, flag.type.bare)
    else if (this.more()) this.#set(name, flag, this.next())
    else throw new CommandLineError(`flag needs an argument: --${name}`)
  }

  short(arg: string): void {
    for (let rest = arg.slice(1); rest !== '' && !this.line.help; ) rest = this.#oneShort(rest, arg)
  }

  /** Reads the first letter of `letters` and what belongs to it; returns what is left. */
  #oneShort(letters: string, arg: string): string {
    const letter = letters[0]!
    const name = this.#shorts.get(letter)
    const flag = name === undefined ? undefined : this.#find(name)
    if (name === undefined || !flag) {
      if (letter === 'h') this.line.notices.push('Flag shorthand -h has been deprecated, use --help')
      this.#unknown(letter === 'h', `unknown shorthand flag: ${quoteLetter(letter)} in -${letters}`)
      return ''
    }
    if (letters.length > 2 && letters[1] === '=') return this.#set(name, flag, letters.slice(2))
    if (flag.type.bare !== undefined) {
      this.#set(name, flag, flag.type.bare)
      return letters.slice(1)
    }
    if (letters.length > 1) return this.#set(name, flag, letters.slice(1))
    if (this.more()) return this.#set(name, flag, this.next())
    throw new CommandLineError(`flag needs an argument: ${quoteLetter(letter)} in ${arg}`)
  }

  #find = (name: string): Flag<unknown> | undefined =>
    Object.hasOwn(this.#table, name) ? this.#table[name] : undefined

  #unknown(isHelp: boolean, message: string): void {
    if (!isHelp) throw new CommandLineError(message)
    this.line.help = true
  }

  #set(name: string, flag: Flag<unknown>, given: string): '' {
    const target = flag.aliasOf ?? name
    const type = (this.#find(target) ?? flag).type
    try {
      this.line.values[target] = type.accept(given, this.line.values[target])
    } catch (failure) {
      throw refused(name, flag, given, failure)
    }
    this.line.changed.add(target)
    this.line.written.add(name)
    if (flag.deprecated) this.line.notices.push(`Flag --${name} has been deprecated, ${flag.deprecated}`)
    return ''
  }
}

function refused(name: string, flag: Flag<unknown>, given: string, failure: unknown): CommandLineError {
  const shown = flag.short ? `-${flag.short}, --${name}` : `--${name}`
  const reason = failure instanceof Error ? failure.message : String(failure)
  return new CommandLineError(`invalid argument ${JSON.stringify(given)} for "${shown}" flag: ${reason}`, {
    cause: failure,
  })
}

const quoteLetter = (letter: string): string => `'${letter === "'" ? "\\'" : letter}'`
