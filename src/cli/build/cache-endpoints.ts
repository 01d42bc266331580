import { CommandFailure } from '../failures.ts'
import { csvFields, csvPairs } from './csv-pairs.ts'

export type CacheEndpoint = { type: string; attributes: Record<string, string> }

/** `user/app:cache` names images, `type=local,src=…` says all. */
export const parseCacheEndpoints = (texts: readonly string[]): CacheEndpoint[] =>
  texts.flatMap(text => {
    const pairs = csvPairs(text)
    if (!pairs) return csvFields(text).map(ref => ({ type: 'registry', attributes: { ref } }))
    const { type = '', ...attributes } = Object.fromEntries(pairs) as Record<string, string>
    if (type === '') throw new CommandFailure(`ERROR: type required form> "${text}"`)
    return [{ type, attributes }]
  })
