import {
  canonical,
  familiar,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../../../formats/reference/reference.ts'
import type { BuildExport, PlatformResult } from '../contract.ts'
import { exportFaults } from './faults.ts'
import type { Descriptor } from './image-documents.ts'
import { layoutTar } from './layout.ts'
import type { ExportNeeds, ExportTools } from './needs.ts'
import { type ImageOptions, imageOptions, readFlag } from './options.ts'
import {
  configBlob,
  contentOf,
  documentBlob,
  manifestsBelow,
  type PackedImage,
  type PackedPlatform,
  packImage,
  responseOf,
} from './packed-image.ts'

/** An OCI layout, or the archive that `docker load` takes, which is one with manifest.json beside it. */
export async function exportArchive(
  needs: ExportNeeds,
  wanted: BuildExport,
  results: readonly PlatformResult[],
  tools: ExportTools,
): Promise<Record<string, string>> {
  const options = imageOptions(wanted)
  if (wanted.type === 'docker' && results.length > 1) throw exportFaults.SEVERAL_PLATFORMS(wanted.type)
  if (wanted.type === 'docker' && tools.attestations.provenance) throw exportFaults.ATTESTATION(wanted.type)
  using packed = await packImage(needs, options, results, tools)
  const { telling, client } = tools
  const { digest } = packed.top
  telling.status(`exporting manifest ${digest}`, `exporting manifest ${digest}`, 0, 0, true)
  telling.status('sending tarball', 'sending tarball', 0, 0)
  const as = readFlag(wanted.attributes, 'tar') === false ? 'files' : 'tar'
  const blobs = [...contentOf(packed), ...[...manifestsBelow(packed), packed.top].map(documentBlob)]
  await client.receive(wanted.id, as, layoutTar(blobs, rootsOf(packed, options, wanted.type)))
  telling.status('sending tarball', 'sending tarball', 0, 0, true)
  return responseOf(packed, options.names)
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

function rootsOf(
  { platforms, top: { descriptor } }: PackedImage,
  { names }: ImageOptions,
  type: BuildExport['type'],
): Record<string, Uint8Array> {
  const references = names.map(parseReference).map(withDefaultTag)
  const manifests = references.length === 0 ? [descriptor] : references.map(reference => named(descriptor, reference))
  return {
    'index.json': json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }),
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    ...(type === 'docker' && { 'manifest.json': json(platforms.map(one => dockerManifest(one, references))) }),
  }
}

const named = (descriptor: Descriptor, reference: Reference): Descriptor => ({
  ...descriptor,
  annotations: {
    ...descriptor.annotations,
    'io.containerd.image.name': canonical(reference),
    'org.opencontainers.image.ref.name': reference.tag ?? '',
  },
})

const place = (digest: string): string => `blobs/${digest.replace(':', '/')}`

function dockerManifest({ result, layers }: PackedPlatform, references: Reference[]): Record<string, unknown> {
  return {
    Config: place(configBlob(result).digest),
    RepoTags: references.length > 0 ? references.map(familiar) : null,
    Layers: layers.map(({ digest }) => place(digest)),
  }
}
