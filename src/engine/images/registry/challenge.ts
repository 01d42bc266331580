/** One way in that a 401 offers. Source: RFC 9110 11.6.1, distribution's token specification. */
export type Challenge = { scheme: 'basic' | 'bearer'; realm: string; service: string; scope: string }

const MAX_HEADER = 8 * 1024
const PARAMETER = /([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*,?\s*/y

/** Reads a WWW-Authenticate header; several challenges may be joined by commas. Bearer comes first. */
export function parseChallenges(header: string | null): Challenge[] {
  if (!header || header.length > MAX_HEADER) return []
  const found: Challenge[] = []
  const scheme = /\s*(basic|bearer|[A-Za-z-]+)\s+(?=[A-Za-z0-9_-]+\s*=)/iy
  let position = 0
  for (;;) {
    scheme.lastIndex = position
    const match = scheme.exec(header)
    if (!match) break
    const { parameters, end } = parseParameters(header, scheme.lastIndex)
    const name = (match[1] ?? '').toLowerCase()
    if (name === 'basic' || name === 'bearer') found.push({ scheme: name, ...fields(parameters) })
    position = end
  }
  if (found.length === 0 && /^\s*basic\b/i.test(header)) found.push({ scheme: 'basic', ...fields(new Map()) })
  return found.sort((a, b) => Number(b.scheme === 'bearer') - Number(a.scheme === 'bearer'))
}

function parseParameters(header: string, start: number): { parameters: Map<string, string>; end: number } {
  const parameters = new Map<string, string>()
  let end = start
  for (;;) {
    PARAMETER.lastIndex = end
    const match = PARAMETER.exec(header)
    if (!match) return { parameters, end }
    parameters.set((match[1] ?? '').toLowerCase(), match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '')
    end = PARAMETER.lastIndex
  }
}

const fields = (parameters: Map<string, string>) => ({
  realm: parameters.get('realm') ?? '',
  service: parameters.get('service') ?? '',
  scope: parameters.get('scope') ?? '',
})
