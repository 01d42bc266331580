import { digestOf } from '../../../formats/digest/digest.ts'
import {
  canonical,
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../../../formats/reference/reference.ts'
import type { BuildExport, PlatformResult } from '../contract.ts'
import { exportFaults } from './faults.ts'
import { type ImageDocument, manifestOf } from './image-documents.ts'
import { exportIndex } from './image-index.ts'
import { exportedLayers } from './layer-blobs.ts'
import type { ExportNeeds, ExportTools } from './needs.ts'
import { type ImageOptions, imageOptions } from './options.ts'

/** Into the image store of this daemon under its names, and from there to registries where that is asked for. */
export async function exportImage(
  needs: ExportNeeds,
  wanted: BuildExport,
  results: readonly PlatformResult[],
  tools: ExportTools,
): Promise<Record<string, string>> {
  const options = imageOptions(wanted)
  const references = options.names.map(parseReference).map(withDefaultTag)
  if (options.push && references.length === 0) throw exportFaults.NO_NAME()
  const [result] = results
  if (!result) return {}
  if (results.length > 1 || tools.attestations.provenance)
    return await exportIndex(needs, options, references, results, tools)
  return await exportOne(needs, options, references, result, tools)
}

async function exportOne(
  needs: ExportNeeds,
  options: ImageOptions,
  references: Reference[],
  result: PlatformResult,
  tools: ExportTools,
): Promise<Record<string, string>> {
  const { telling, signal } = tools
  if (options.isPlain) {
    const id = store(needs, result, references, tools)
    const pushed = options.push ? await pushAll(needs, references, tools) : undefined
    return responseOf(id, pushed ?? id, options)
  }
  telling.status('exporting layers', 'exporting layers', 0, 0)
  using packed = await exportedLayers(needs, result.diffIds, options, signal)
  telling.status('exporting layers', 'exporting layers', 0, 0, true)
  const manifest = manifestOf(result.configBytes, packed.layers, result.platform, options)
  const id = store(needs, result, references, tools, manifest)
  const pushed = options.push ? await pushAll(needs, references, tools) : undefined
  return responseOf(id, pushed ?? manifest.digest, options)
}

function store(
  { images }: ExportNeeds,
  { configBytes }: PlatformResult,
  references: Reference[],
  { telling }: ExportTools,
  manifest?: ImageDocument,
): string {
  const id = digestOf(configBytes)
  telling.status(`writing image ${id}`, `writing image ${id}`, 0, 0)
  images.add(configBytes, references, manifest)
  telling.status(`writing image ${id}`, `writing image ${id}`, 0, 0, true)
  for (const reference of references) {
    const name = `naming to ${canonical(reference)}`
    telling.status(name, name, 0, 0, true)
  }
  return id
}

/** To each of its names; the digest of what was sent last, which is the same everywhere. */
async function pushAll(needs: ExportNeeds, references: Reference[], tools: ExportTools): Promise<string | undefined> {
  let digest: string | undefined
  for (const reference of references) digest = (await pushOne(needs, reference, tools)) ?? digest
  return digest
}

async function pushOne(
  { images }: ExportNeeds,
  reference: Reference,
  { telling, client, signal }: ExportTools,
): Promise<string | undefined> {
  const name = `pushing ${canonical(reference)}`
  telling.status(name, name, 0, 0)
  const credentials = await client.credentials(repositoryOf(reference).domain)
  let digest: string | undefined
  await images.push(
    { reference, ...(credentials && { credentials }) },
    line => {
      const aux = line.aux as { Digest?: string } | undefined
      if (aux?.Digest) digest = aux.Digest
    },
    signal,
  )
  telling.status(name, name, 0, 0, true)
  return digest
}

/** Keys as BuildKit has them. The digest is the id where the image has no manifest of its own, as with Docker's store. */
const responseOf = (id: string, digest: string, { names }: ImageOptions): Record<string, string> => ({
  'containerimage.config.digest': id,
  'containerimage.digest': digest,
  ...(names.length > 0 && { 'image.name': names.map(name => canonical(parseReference(name))).join(',') }),
})
