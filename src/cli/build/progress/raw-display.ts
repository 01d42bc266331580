import type { StatusMessage } from '../../../wire/buildkit/control.ts'
import { millisecondsOf, type Timestamp } from '../../../wire/buildkit/timestamp.ts'
import type { Output } from '../../output.ts'
import type { BuildDisplay } from './build-display.ts'

/** One line of JSON for each word of the builder, with BuildKit's names of fields. */
export class RawDisplay implements BuildDisplay {
  readonly #output: Output

  constructor(output: Output) {
    this.#output = output
  }

  show({ vertexes, statuses, logs, warnings }: StatusMessage): void {
    const line = {
      ...some(
        'vertexes',
        vertexes.map(({ progressGroup, ...vertex }) => ({ ...vertex, ...(progressGroup && { progressGroup }) })),
      ),
      ...some('statuses', statuses),
      ...some(
        'logs',
        logs.map(({ bytes, ...log }) => ({ ...log, data: Buffer.from(bytes).toString('base64') })),
      ),
      ...some(
        'warnings',
        warnings.map(({ short, detail, ...warning }) => ({
          ...warning,
          short: base64(short),
          detail: detail.map(base64),
        })),
      ),
    }
    this.#output.line(JSON.stringify(line, readable))
  }

  finish(): void {}
}

const some = (name: string, values: unknown[]): Record<string, unknown> => (values.length > 0 ? { [name]: values } : {})
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const TIMES = new Set(['started', 'completed', 'timestamp'])

/** Times as RFC 3339; what is empty is left out. */
function readable(name: string, value: unknown): unknown {
  if (TIMES.has(name) && value) return new Date(millisecondsOf(value as Timestamp)).toISOString()
  return value === '' || value === false || value === undefined ? undefined : value
}
