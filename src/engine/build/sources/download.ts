import type { RegistrySettings } from '../../images/registry/settings.ts'
import { bodyOf, Transport } from '../../images/registry/transport.ts'
import { buildFaults } from '../faults.ts'

export type Download = {
  chunks: AsyncIterable<Uint8Array>
  /** After the answer's own word, or the end of the URL. */
  name: string
  /** Seconds; 0 if the server does not say. */
  modified: number
}

/** What an http URL leads to. Trust, proxies and time limits are those of registries. */
export async function download(
  url: string,
  settings: RegistrySettings,
  signal: AbortSignal,
  authorization?: string,
): Promise<Download> {
  const parsed = URL.parse(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw buildFaults.SOURCE(url, 'not a URL of http or https')
  const wanted = withoutUser(parsed)
  const response = await new Transport(settings).send(wanted.url, {
    signal,
    ...((authorization ?? wanted.authorization) && { authorization: authorization ?? wanted.authorization }),
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw buildFaults.SOURCE(shownUrl(url), `invalid response status ${response.status}`)
  }
  return {
    chunks: bodyOf(response, settings.stallMs),
    name: nameIn(response.headers.get('content-disposition')) ?? nameOf(parsed),
    modified: Math.max(0, Math.floor(Date.parse(response.headers.get('last-modified') ?? '') / 1000) || 0),
  }
}

function withoutUser(parsed: URL): { url: string; authorization?: string } {
  if (parsed.username === '' && parsed.password === '') return { url: parsed.href }
  const user = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`
  const plain = new URL(parsed.href)
  plain.username = ''
  plain.password = ''
  return { url: plain.href, authorization: `Basic ${Buffer.from(user).toString('base64')}` }
}

/** A name that a server gives is one part of a path, or none. */
function nameIn(disposition: string | null): string | undefined {
  const [, name] = /filename="?([^";]+)"?/i.exec(disposition ?? '') ?? []
  return name && isPlain(name) ? name : undefined
}

function nameOf({ pathname }: URL): string {
  const last = pathname.split('/').at(-1) ?? ''
  const name = decoded(last)
  return isPlain(name) ? name : 'download'
}

const isPlain = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Without user, password and query, which may be secrets [CVE-2023-26054]. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url)
  return parsed ? `${parsed.origin}${parsed.pathname}` : url.replace(/\/\/[^/@]*@/, '//')
}
