import { executeTemplate } from './execute.ts'
import { FUNCTION_NAMES, headerFunctions } from './functions.ts'
import type { Template } from './nodes.ts'
import { parseTemplate } from './parser.ts'
import { type GoValue, goAny, mapOf, STRING } from './values.ts'

/** A template with Go's and docker's functions. Reading and running throw {@link TemplateError}. */
export class GoTemplate {
  readonly #template: Template

  /** `name` appears in error messages. */
  constructor(text: string, name = '') {
    this.#template = parseTemplate(text, FUNCTION_NAMES, name)
  }

  run(value: GoValue): string {
    return executeTemplate(this.#template, value)
  }

  /** Of plain data, where a key that is missing is a mistake. */
  runStrictly(data: unknown): string {
    return executeTemplate(this.#template, goAny(data), { missingKeyFails: true })
  }

  /** With the names of columns instead of values: functions other than `pad` leave them alone. */
  runOnHeader(header: Record<string, string>): string {
    return executeTemplate(this.#template, { type: mapOf(STRING), data: header }, { functions: headerFunctions })
  }
}
