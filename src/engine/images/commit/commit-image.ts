import { formatTimestamp, nowNanoseconds } from '../../../base/timestamps.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { ContainerConfig } from '../../../formats/engine-api/container.ts'
import type { HistoryEntry } from '../../../formats/oci-image/config.ts'
import { MAX_LAYERS } from '../../../formats/oci-image/manifest.ts'
import { familiar, type Reference, withDefaultTag } from '../../../formats/reference/reference.ts'
import { EMPTY_LAYER, type LayerIngested, type Layers } from '../../../store/layers/layers.ts'
import { imageFaults } from '../faults.ts'
import type { ImageEvents } from '../image-events.ts'
import type { ImageRecords, StoredImage } from '../image-records.ts'
import type { Leases } from '../leases.ts'
import type { Space } from '../space.ts'

export type CommitRequest = {
  /** What the container stands on; may have been deleted by force meanwhile. */
  imageId: string
  container: { id: string; config: ContainerConfig }
  /** Of the new image, with everything merged. */
  config: ContainerConfig
  author: string
  comment: string
  reference?: Reference
  /** Makes the layer. Called once everything else has been checked. */
  layer: () => Promise<LayerIngested>
}
export type CommitNeeds = { records: ImageRecords; layers: Layers; leases: Leases; space: Space; events: ImageEvents }

/** An image of another one and one layer on top of it; its id. A layer without changes is not counted, as Docker has it. */
export async function commitImage(needs: CommitNeeds, request: CommitRequest): Promise<Digest> {
  const parent = needs.records.kept(request.imageId)
  if (!parent) throw imageFaults.NOT_FOUND(request.imageId)
  if (parent.diffIds.length >= MAX_LAYERS) throw imageFaults.TOO_DEEP()
  if (request.reference?.digest) throw imageFaults.IMPORT_DIGEST()
  // Two commits may make the same layer: while this one is not recorded, the removal of the other must not take it.
  const below = needs.leases.hold(parent.diffIds)
  const layer = await request.layer().catch(failure => {
    below[Symbol.dispose]()
    throw failure
  })
  const own = needs.leases.hold([layer.diffId])
  try {
    return record(needs, request, parent, layer.diffId)
  } finally {
    below[Symbol.dispose]()
    own[Symbol.dispose]()
    needs.space.release([...parent.diffIds, layer.diffId])
  }
}

function record({ records, layers, events }: CommitNeeds, request: CommitRequest, parent: StoredImage, diffId: Digest) {
  if (!layers.has(diffId)) throw imageFaults.LAYER_LOST(request.container.id)
  const references = request.reference ? [withDefaultTag(request.reference)] : []
  const configBytes = Buffer.from(JSON.stringify(configOf(request, parent, diffId)))
  const image = records.put({ configBytes, ...(!parent.removed && { parent: parent.id }) }, references)
  events.about(image, 'create')
  for (const reference of references) events.about(image, 'tag', familiar(reference))
  return image.id
}

function configOf({ container, config, author, comment }: CommitRequest, parent: StoredImage, diffId: Digest) {
  const created = formatTimestamp(nowNanoseconds())
  const isEmpty = diffId === EMPTY_LAYER
  const { architecture, os, variant, history } = parent.config
  const step: HistoryEntry = {
    created,
    created_by: (container.config.Cmd ?? []).join(' '),
    ...(author && { author }),
    ...(comment && { comment }),
    ...(isEmpty && { empty_layer: true }),
  }
  return {
    architecture,
    ...(variant && { variant }),
    ...(author && { author }),
    config,
    container: container.id,
    container_config: container.config,
    created,
    history: [...history, step],
    os,
    ...(parent.config['os.version'] && { 'os.version': parent.config['os.version'] }),
    rootfs: { type: 'layers', diff_ids: isEmpty ? parent.diffIds : [...parent.diffIds, diffId] },
  }
}
