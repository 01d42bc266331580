import { parseIp } from '../../../formats/addresses/ip.ts'
import { networkFaults } from '../faults.ts'

/** Go's strconv.ParseBool. */
const YES = ['1', 't', 'T', 'TRUE', 'true', 'True']
const NO = ['0', 'f', 'F', 'FALSE', 'false', 'False']
const LINK_NAME = /^[A-Za-z0-9](?:[\w-]{0,14})$/

/** Reads the options of a driver, in Docker's words where one cannot be read. What is not read is not known: `finish` refuses it. */
export class OptionReader {
  readonly #options: Record<string, string>
  readonly #known = new Set<string>()
  readonly #driver: string

  constructor(driver: string, options: Record<string, string>) {
    this.#driver = driver
    this.#options = options
  }

  text(key: string): string | undefined {
    this.#known.add(key)
    return this.#options[key] || undefined
  }

  flag(key: string, byDefault: boolean): boolean {
    const value = this.text(key)
    if (value === undefined) return byDefault
    if (YES.includes(value)) return true
    if (NO.includes(value)) return false
    throw networkFaults.BAD_OPTION(key, value, `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
  }

  whole(key: string): number | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    if (/^[+-]?\d{1,9}$/.test(value)) return Number(value)
    throw networkFaults.BAD_OPTION(key, value, `strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`)
  }

  address(key: string, family: 4 | 6): string | undefined {
    const value = this.text(key)
    if (value === undefined) return undefined
    const ip = parseIp(value)
    if (ip?.family !== family) throw networkFaults.BAD_OPTION(key, value, 'nil ip')
    return ip.text
  }

  /** The name of a link: it becomes a word of the firewall and of paths. */
  link(key: string): string | undefined {
    const value = this.text(key)
    if (value !== undefined && !LINK_NAME.test(value)) throw networkFaults.BAD_LINK_NAME(key, value)
    return value
  }

  choice<T extends string>(key: string, choices: readonly T[], byDefault: T): T {
    const value = this.text(key) ?? byDefault
    const found = choices.find(choice => choice === value)
    if (found === undefined) throw networkFaults.BAD_CHOICE(key, value, choices.join(', '))
    return found
  }

  finish(): void {
    const unknown = Object.keys(this.#options).find(key => !this.#known.has(key))
    if (unknown !== undefined) throw networkFaults.UNKNOWN_OPTION(this.#driver, unknown)
  }
}
