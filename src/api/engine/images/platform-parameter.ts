import { defineFaults } from '../../../base/faults.ts'
import { normalizePlatform, type Platform } from '../../../formats/platform/platform.ts'
import type { Query } from '../../http/operation.ts'

const faults = defineFaults('PLATFORM_PARAMETER', {
  MALFORMED: { kind: 'invalid', message: (name: string) => `invalid ${name}: not the JSON of an OCI platform` },
})

/** `platform={"os":"linux","architecture":"arm64"}`, as the newer operations take it. */
export const platformParameter = (query: Query): Platform | undefined => read('platform', query.text('platform'))

export const platformsParameter = (query: Query): Platform[] =>
  query.all('platforms').flatMap(text => read('platforms', text) ?? [])

function read(name: string, text: string | undefined): Platform | undefined {
  if (!text) return undefined
  const value = parse(text)
  const { os, architecture, variant } =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  if (typeof os !== 'string' || typeof architecture !== 'string') throw faults.MALFORMED(name)
  return normalizePlatform({ os, architecture, ...(typeof variant === 'string' && { variant }) })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
