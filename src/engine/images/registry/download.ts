import { hasherOf } from '../../../formats/digest/digest.ts'
import type { Descriptor } from '../../../formats/oci-image/manifest.ts'
import { registryFaults } from './faults.ts'
import type { RepositoryClient } from './repository-client.ts'
import { isPassing, pauseMs, sleep } from './retry.ts'
import { bodyOf } from './transport.ts'

export type DownloadOptions = {
  /** All bytes so far. */
  received?: (bytes: number) => void
  /** A broken connection is taken up again in so many seconds. */
  waiting?: (seconds: number) => void
  /** false: the reader checks the digest. */
  verify?: boolean
}

/** Whoever sends less between two failures does not get new attempts for it. */
const PROGRESS_WORTH_A_TRY = 1024 * 1024

/**
 * The bytes of a blob, once each and in order. A connection that breaks or stalls is taken up again where it ended. Exactly
 * `descriptor.size` bytes come out, whose digest the last one has proven; otherwise it throws, and the reader must forget
 * what it has read.
 */
export async function* downloadBlob(
  client: RepositoryClient,
  descriptor: Descriptor,
  signal: AbortSignal,
  options: DownloadOptions = {},
): AsyncGenerator<Uint8Array> {
  const { settings } = client.transport
  const hash = options.verify === false ? undefined : hasherOf(descriptor.digest)
  let offset = 0
  let failures = 0
  while (offset < descriptor.size || failures === 0) {
    const from = offset
    try {
      for await (const chunk of openAt(client, descriptor, offset, signal)) {
        offset += chunk.length
        if (offset > descriptor.size) throw registryFaults.SIZE('layer', descriptor.size)
        hash?.update(chunk)
        options.received?.(offset)
        yield chunk
      }
      if (offset === descriptor.size) break
      throw registryFaults.CUT_OFF(descriptor.digest, offset, descriptor.size)
    } catch (failure) {
      failures = offset - from >= PROGRESS_WORTH_A_TRY ? 1 : failures + 1
      if (signal.aborted) throw registryFaults.CANCELLED({ cause: failure })
      if (!resumable(failure) || failures >= settings.attempts) throw failure
      const ms = pauseMs(settings, failures, failure)
      options.waiting?.(Math.ceil(ms / 1000))
      await sleep(ms, signal)
    }
  }
  if (!hash) return
  const got = `${descriptor.digest.split(':', 1)[0]}:${hash.digest('hex')}`
  if (got !== descriptor.digest) throw registryFaults.DIGEST('filesystem layer', descriptor.digest, got)
}

/** A body that ends too early is thrown by fetch as an error of its own. */
function resumable(failure: unknown): boolean {
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : ''
  return isPassing(failure) || ['ECONNRESET', 'ConnectionClosed', 'EPIPE', 'ETIMEDOUT'].includes(code)
}

async function* openAt(
  client: RepositoryClient,
  { digest }: Descriptor,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const response = await client.blob(digest, offset, signal)
  let skip = offset
  if (response.status === 206) {
    const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
    if (Number(start) !== offset) throw registryFaults.ANSWER(`a range from ${start} where ${offset} was asked for`)
    skip = 0
  }
  for await (const chunk of bodyOf(response, client.transport.settings.stallMs)) {
    const rest = skip >= chunk.length ? undefined : chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
    if (rest) yield rest
  }
}
