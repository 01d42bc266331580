import { TemplateError } from '../../formats/go-template/faults.ts'
import { GoTemplate } from '../../formats/go-template/template.ts'
import type { GoValue, Methods } from '../../formats/go-template/values.ts'
import { CommandFailure } from '../failures.ts'
import { alignColumns } from './table.ts'

/** What a list can show: the name of its Go type for error messages, a header for each column, and the fields of one row. */
export type RowShape<Row> = {
  typeName: string
  headers: Record<string, string>
  fields: (row: Row) => Methods
}

/** The text of a list for `format`: `table …` with a header, `json`, or a template for each row. */
export function formatRows<Row>(shape: RowShape<Row>, format: string, rows: Row[]): string {
  const isTable = format.startsWith('table')
  const template = readFormat(isTable ? format.slice('table'.length) : format === 'json' ? '{{json .}}' : format)
  const lines = rows.map(row => `${onRow(template, shape, row)}\n`).join('')
  if (!isTable) return lines
  const header = template.runOnHeader(shape.headers)
  return alignColumns(`${header}\n${lines}`)
}

function readFormat(format: string): GoTemplate {
  const text = format
    .replace(/^ +| +$/g, '')
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n')
  try {
    return new GoTemplate(text)
  } catch (failure) {
    throw parsingFailure(failure)
  }
}

function onRow<Row>(template: GoTemplate, { typeName, fields }: RowShape<Row>, row: Row): string {
  try {
    return template.run(methodsValue(typeName, fields(row)))
  } catch (failure) {
    throw parsingFailure(failure)
  }
}

export const methodsValue = (typeName: string, methods: Methods): GoValue => ({
  type: { kind: 'methods', name: typeName },
  data: methods,
})

/** docker calls mistakes in reading and in running alike. */
export const parsingFailure = (failure: unknown, exitCode = 1): unknown =>
  failure instanceof TemplateError
    ? new CommandFailure(`template parsing error: ${failure.message}`, exitCode, failure)
    : failure

/** The help text of `--format` of lists. */
export const FORMAT_HELP = `Format output using a custom template:
'table':            Print output in table format with column headers (default)
'table TEMPLATE':   Print output in table format using the given Go template
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates`

/** The help text of `--format` of inspections. */
export const INSPECT_FORMAT_HELP = `Format output using a custom template:
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates`
