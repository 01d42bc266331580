import type { Header } from '../http2/hpack/decoder.ts'

/** Custom metadata of a call; a name may have several values. */
export type Metadata = Readonly<Record<string, readonly string[]>>

export function metadataOf(headers: readonly Header[]): Metadata {
  const metadata: Record<string, string[]> = Object.create(null)
  for (const [name, value] of headers) {
    if (!name.startsWith(':')) metadata[name] = [...(metadata[name] ?? []), value]
  }
  return metadata
}

export const headersOf = (metadata: Metadata): Header[] =>
  Object.entries(metadata).flatMap(([name, values]) => values.map((value): Header => [name.toLowerCase(), value]))

/**
 * Metadata is ASCII. BuildKit escapes values beyond it as a query would and says so under a second name.
 * Source: moby/buildkit, session/filesync.
 */
export function encodedMetadata(metadata: Metadata): Metadata {
  const encoded: Record<string, readonly string[]> = {}
  for (const [name, values] of Object.entries(metadata)) {
    const isPlain = values.every(value => /^[\x20-\x7e]*$/.test(value))
    encoded[name] = isPlain ? values : values.map(value => encodeURIComponent(value).replaceAll('%20', '+'))
    if (!isPlain) encoded[`${name}-encoded`] = ['1']
  }
  return encoded
}

export function decodedMetadata(metadata: Metadata): Metadata {
  const decoded: Record<string, readonly string[]> = Object.create(null)
  for (const [name, values] of Object.entries(metadata)) {
    const isEncoded = ['1', 'true', 't', 'T', 'TRUE', 'True'].includes(metadata[`${name}-encoded`]?.[0] ?? '')
    decoded[name] = isEncoded ? values.map(unescaped) : values
  }
  return decoded
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    return ''
  }
}
