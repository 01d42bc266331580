import { formatTimestamp, nowNanoseconds } from '../../../base/timestamps.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import { hostPlatform, type Platform } from '../../../formats/platform/platform.ts'
import { familiar, type Reference, withDefaultTag } from '../../../formats/reference/reference.ts'
import type { ArchiveNeeds } from '../archive/load-archive.ts'
import { imageFaults } from '../faults.ts'
import type { Report } from '../pull/pull-progress.ts'
import type { RegistrySettings } from '../registry/settings.ts'
import { bodyOf, Transport } from '../registry/transport.ts'
import { applyChanges } from './changes.ts'

export type ImportRequest = {
  /** A tar, plain or compressed, or a URL to get one from. */
  source: AsyncIterable<Uint8Array> | { url: string }
  reference?: Reference
  message?: string
  changes: readonly string[]
  platform?: Platform
}

/** Makes an image of one layer out of a root file system. */
export async function importImage(
  needs: ArchiveNeeds & { registries: RegistrySettings },
  request: ImportRequest,
  report: Report,
  signal: AbortSignal,
): Promise<Digest> {
  if (request.reference?.digest) throw imageFaults.IMPORT_DIGEST()
  const defaults = applyChanges({}, request.changes)
  // Not `'url' in`: the body of a request is a stream that has one, too.
  const isBody = Symbol.asyncIterator in request.source
  const from = isBody ? '-' : withScheme((request.source as { url: string }).url)
  const source = isBody
    ? (request.source as AsyncIterable<Uint8Array>)
    : download(needs.registries, from, report, signal)
  const layer = await needs.layers.ingest(source, {}, { keepBlob: true, foreign: true, signal })
  const created = formatTimestamp(nowNanoseconds())
  const comment = request.message || `Imported from ${from}`
  const config = {
    ...(request.platform ?? hostPlatform()),
    config: defaults,
    created,
    history: [{ created, comment }],
    comment,
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  }
  try {
    return record(needs, Buffer.from(JSON.stringify(config)), request.reference)
  } finally {
    needs.space.release([layer.diffId])
  }
}

function record({ records, events }: ArchiveNeeds, configBytes: Buffer, reference: Reference | undefined): Digest {
  const references = reference ? [withDefaultTag(reference)] : []
  const image = records.put({ configBytes }, references)
  for (const tagged of references) events.about(image, 'tag', familiar(tagged))
  events.about(image, 'import')
  return image.id
}

const withScheme = (url: string): string => (/^https?:\/\//i.test(url) ? url : `http://${url}`)

async function* download(
  settings: RegistrySettings,
  url: string,
  report: Report,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (URL.parse(url) === null) throw imageFaults.SOURCE(`Get ${JSON.stringify(url)}: not a URL`)
  const response = await new Transport(settings).send(url, { signal })
  if (!response.ok) {
    await response.body?.cancel()
    throw imageFaults.SOURCE(`failed to GET ${url} with status ${response.status}`)
  }
  report({ status: `Downloading from ${url}` })
  yield* bodyOf(response, settings.stallMs)
}
