import { JsonNumber } from '../../formats/go-template/values.ts'

/** JSON with its numbers kept as they are written: a template prints `17179869184`, not `1.7179869184e+10`. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value, context?: { source?: string }) =>
    typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value,
  )
}
