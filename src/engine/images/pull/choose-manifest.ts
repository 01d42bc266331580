import type { Digest } from '../../../formats/digest/digest.ts'
import {
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
  parseManifest,
} from '../../../formats/oci-image/manifest.ts'
import { isIndexType, isManifestType } from '../../../formats/oci-image/media-types.ts'
import { formatPlatform, type Platform, platformDistance } from '../../../formats/platform/platform.ts'
import { registryFaults } from '../registry/faults.ts'
import type { FetchedManifest, RepositoryClient } from '../registry/repository-client.ts'

export type ChosenManifest = {
  manifest: ImageManifest
  bytes: Buffer
  digest: Digest
  /** Of what the tag names: the index, if there is one. */
  topDigest: Digest
}

/** An index of indexes is in use; more levels only serve to wear us out [GO-2026-6597]. */
const MAX_LEVELS = 4

/** Follows a tag or digest down to the manifest for a platform. One path is walked, and every level is checked against the one above. */
export async function chooseManifest(
  client: RepositoryClient,
  name: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<ChosenManifest> {
  const top = await client.manifest(name, signal)
  let fetched = top
  let parsed = parseManifest(fetched.bytes, fetched.contentType)
  for (let level = 1; parsed.kind === 'index'; level++) {
    if (level === MAX_LEVELS) throw registryFaults.NESTING()
    const descriptor = bestOf(parsed, platform)
    fetched = await client.manifest(descriptor.digest, signal)
    parsed = parseDescribed(fetched, descriptor)
  }
  return { manifest: parsed, bytes: fetched.bytes, digest: fetched.digest, topDigest: top.digest }
}

/** What an index calls a manifest has to be one, of the size it says. */
function parseDescribed(fetched: FetchedManifest, { mediaType, size }: Descriptor): ImageManifest | ImageIndex {
  if (fetched.bytes.length !== size) throw registryFaults.SIZE('manifest', size)
  parseManifest(fetched.bytes, fetched.contentType)
  return parseManifest(fetched.bytes, mediaType)
}

function bestOf(index: ImageIndex, platform: Platform): Descriptor {
  const ranked = index.manifests
    .filter(({ mediaType }) => isManifestType(mediaType) || isIndexType(mediaType))
    .map(descriptor => ({ descriptor, distance: distanceTo(descriptor, platform) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((a, b) => a.distance! - b.distance!)
  if (ranked[0]) return ranked[0].descriptor
  throw registryFaults.NO_PLATFORM(formatPlatform(platform))
}

/** An entry that names no platform is the last choice. */
const distanceTo = ({ platform }: Descriptor, wanted: Platform): number | undefined =>
  platform ? platformDistance(wanted, platform) : Number.MAX_SAFE_INTEGER
