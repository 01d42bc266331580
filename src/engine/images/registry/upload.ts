import { Fault } from '../../../base/faults.ts'
import { type Digest, isDigest } from '../../../formats/digest/digest.ts'
import { registryFaults } from './faults.ts'
import type { RepositoryClient } from './repository-client.ts'
import { isPassing, pauseMs, sleep, withRetries } from './retry.ts'

/** A blob to be sent: its bytes from an offset on, as often as asked. */
export type Outbound = { digest: Digest; size: number; read: (start: number) => AsyncIterable<Uint8Array> }

export type UploadOptions = {
  /** Repositories of the same registry that may hold the blob already. */
  mountFrom?: readonly string[]
  sent?: (bytes: number) => void
  waiting?: (seconds: number) => void
}

/** How the blob came to be in the repository. */
export type Uploaded = { mountedFrom: string } | { sent: true }

/** An upload that the registry keeps open (distribution-spec, end-4). */
type Session = { url: string; offset: number }

/** Whoever takes less between two failures does not get new attempts for it. */
const PROGRESS_WORTH_A_TRY = 1024 * 1024

/** end-2, HEAD. */
export async function hasBlob(client: RepositoryClient, digest: Digest, signal: AbortSignal): Promise<boolean> {
  return await withRetries(client.transport.settings, signal, async () => {
    try {
      const response = await client.request(client.url(`blobs/${digest}`), { method: 'HEAD', signal })
      await response.body?.cancel()
      return true
    } catch (failure) {
      if (failure instanceof Fault && failure.code === 'REGISTRY_NOT_FOUND') return false
      throw failure
    }
  })
}

/**
 * Brings a blob into the repository: mounted from another one of the registry if it has it there, else sent in one stream. A
 * connection that breaks or stalls is taken up again where the registry says that it ended, or from the start where it does not say.
 */
export async function uploadBlob(
  client: RepositoryClient,
  blob: Outbound,
  signal: AbortSignal,
  options: UploadOptions = {},
): Promise<Uploaded> {
  const mounted = await mount(client, blob.digest, options.mountFrom ?? [], signal)
  if ('mountedFrom' in mounted) return mounted
  const { settings } = client.transport
  let session: Session | undefined = mounted.session
  for (let failures = 0; ; ) {
    let taken = 0
    try {
      session ??= await begin(client, signal)
      await send(client, session, blob, signal, bytes => {
        taken = bytes
        options.sent?.(bytes)
      })
      return { sent: true }
    } catch (failure) {
      if (signal.aborted) throw registryFaults.CANCELLED({ cause: failure })
      failures = taken - (session?.offset ?? 0) >= PROGRESS_WORTH_A_TRY ? 1 : failures + 1
      if (!mayPass(failure, session) || failures >= settings.attempts) throw failure
      const ms = pauseMs(settings, failures, failure)
      options.waiting?.(Math.ceil(ms / 1000))
      await sleep(ms, signal)
      session = session && (await resumed(client, session, blob.size, signal))
    }
  }
}

/** end-7: sends a manifest under a tag. A registry that names another digest has stored something else. */
export async function putManifest(
  client: RepositoryClient,
  name: string,
  manifest: { bytes: Uint8Array; mediaType: string; digest: Digest },
  signal: AbortSignal,
): Promise<void> {
  await withRetries(client.transport.settings, signal, async () => {
    const headers = { 'content-type': manifest.mediaType }
    const request = { method: 'PUT', headers, body: () => manifest.bytes, signal } as const
    const response = await client.request(client.url(`manifests/${name}`), request)
    await settle(response, 'manifest', manifest.digest)
  })
}

/** end-11. A registry that does not mount opens an upload instead, which is used for the last of the places. */
async function mount(
  client: RepositoryClient,
  digest: Digest,
  places: readonly string[],
  signal: AbortSignal,
): Promise<{ mountedFrom: string } | { session?: Session }> {
  let session: Session | undefined
  for (const from of places) {
    if (session) await abandon(client, session, signal)
    const query = new URLSearchParams({ mount: digest, from })
    const response = await withRetries(client.transport.settings, signal, () =>
      client.request(client.url(`blobs/uploads/?${query}`), { method: 'POST', body: () => '', signal }),
    ).catch(ofNoUse)
    if (response === undefined) continue
    await response.body?.cancel()
    if (response.status === 201) return { mountedFrom: from }
    session = { url: location(client, response), offset: 0 }
  }
  return session ? { session } : {}
}

/** A place that may not be read is no reason to give up: the blob is sent. */
function ofNoUse(failure: unknown): undefined {
  if (failure instanceof Fault && ['REGISTRY_DENIED', 'REGISTRY_NOT_FOUND', 'REGISTRY_STATUS'].includes(failure.code))
    return
  throw failure
}

async function abandon(client: RepositoryClient, { url }: Session, signal: AbortSignal): Promise<void> {
  const response = await client.request(url, { method: 'DELETE', signal }).catch(() => undefined)
  await response?.body?.cancel()
}

async function begin(client: RepositoryClient, signal: AbortSignal): Promise<Session> {
  const response = await client.request(client.url('blobs/uploads/'), { method: 'POST', body: () => '', signal })
  await response.body?.cancel()
  return { url: location(client, response), offset: 0 }
}

/** end-5 for the bytes that the registry has not, then end-6 to close. */
async function send(
  client: RepositoryClient,
  session: Session,
  { digest, size, read }: Outbound,
  signal: AbortSignal,
  sent: (bytes: number) => void,
): Promise<void> {
  if (session.offset < size) {
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      'content-length': String(size - session.offset),
      ...(session.offset > 0 && { 'content-range': `${session.offset}-${size - 1}` }),
    }
    const body = () => counted(read(session.offset), session.offset, sent)
    const response = await client.request(session.url, { method: 'PATCH', headers, body, signal })
    await response.body?.cancel()
    Object.assign(session, { url: location(client, response), offset: size })
  }
  const end = new URL(session.url)
  end.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream', 'content-length': '0' }
  await settle(await client.request(end.href, { method: 'PUT', headers, body: () => '', signal }), 'layer', digest)
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  start: number,
  sent: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = start
  for await (const chunk of chunks) {
    yield chunk
    bytes += chunk.length
    sent(bytes)
  }
}

/** end-13: where to go on from; nothing if the registry does not know the upload any more or cannot say. */
async function resumed(
  client: RepositoryClient,
  session: Session,
  size: number,
  signal: AbortSignal,
): Promise<Session | undefined> {
  const response = await client.request(session.url, { signal }).catch(() => undefined)
  await response?.body?.cancel()
  const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(response?.headers.get('range') ?? '')?.[1] ?? 0)
  // `0-0` is told of one byte and of none.
  if (response === undefined || last === 0 || last >= size) return undefined
  return { url: response.headers.has('location') ? location(client, response) : session.url, offset: last + 1 }
}

/** An upload that a registry has forgotten, or whose place it does not agree with, is begun anew. */
function mayPass(failure: unknown, session: Session | undefined): boolean {
  if (isPassing(failure)) return true
  if (failure instanceof Error && 'code' in failure && ['ECONNRESET', 'EPIPE'].includes(String(failure.code)))
    return true
  return session !== undefined && failure instanceof Fault && /blob upload (unknown|invalid)/.test(failure.message)
}

/** Where the registry wants the next request: from https never to http. */
function location(client: RepositoryClient, response: Response): string {
  const text = response.headers.get('location')
  const next = text === null ? null : URL.parse(text, response.url || client.endpoint.url)
  if (next === null) throw registryFaults.ANSWER('an upload without a location')
  if (next.protocol !== 'https:' && next.protocol !== 'http:') throw registryFaults.REDIRECT(next.href, 'not http')
  if (client.endpoint.url.startsWith('https:') && next.protocol === 'http:') {
    throw registryFaults.REDIRECT(next.href, 'it leaves https')
  }
  next.username = ''
  next.password = ''
  return next.href
}

async function settle(response: Response, what: string, digest: Digest): Promise<void> {
  await response.body?.cancel()
  const stored = response.headers.get('docker-content-digest')
  if (isDigest(stored) && stored !== digest) throw registryFaults.DIGEST(what, digest, stored)
}
