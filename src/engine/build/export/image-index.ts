import { hostPlatform, platformDistance } from '../../../formats/platform/platform.ts'
import { canonical, type Reference } from '../../../formats/reference/reference.ts'
import type { PlatformResult } from '../contract.ts'
import { openRepository } from '../remote-cache/repository.ts'
import { exportFaults } from './faults.ts'
import type { ExportNeeds, ExportTools } from './needs.ts'
import type { ImageOptions } from './options.ts'
import { contentOf, manifestsBelow, type PackedImage, packImage, responseOf } from './packed-image.ts'
import { pushDocuments } from './push-documents.ts'

/**
 * An image of several platforms, or one with attestations, goes to registries as an index. The store holds images of one
 * platform: it keeps the one that runs here, if there is one.
 */
export async function exportIndex(
  needs: ExportNeeds,
  options: ImageOptions,
  references: readonly Reference[],
  results: readonly PlatformResult[],
  tools: ExportTools,
): Promise<Record<string, string>> {
  if (!options.push) throw exportFaults.INDEX_NOT_PUSHED()
  using packed = await packImage(needs, { ...options, isOci: true }, results, tools)
  const own = results.find(({ platform }) => platformDistance(hostPlatform(), platform) !== undefined)
  if (own) needs.images.add(own.configBytes, [...references])
  for (const reference of references) await pushOne(needs, packed, reference, tools)
  return responseOf(packed, references.map(canonical))
}

async function pushOne(
  { registries }: ExportNeeds,
  packed: PackedImage,
  reference: Reference,
  { telling, client: asker, signal }: ExportTools,
): Promise<void> {
  const name = canonical(reference)
  telling.status(`pushing ${name}`, `pushing ${name}`, 0, 0)
  const endpoint = { type: 'registry', attributes: { ref: name } }
  const { client, name: tag } = await openRepository(registries(), endpoint, asker, 'pull,push', signal)
  const outgoing = { content: contentOf(packed), below: manifestsBelow(packed), top: packed.top }
  await pushDocuments(client, tag, outgoing, signal)
  telling.status(`pushing ${name}`, `pushing ${name}`, 0, 0, true)
}
