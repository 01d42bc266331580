import type { Finding } from '../../base/finding.ts'
import type { Layers } from '../../store/layers/layers.ts'
import type { ImageRecords, StoredImage } from './image-records.ts'
import type { Space } from './space.ts'

/** What of the images does not fit together. */
export const examineImages = (records: ImageRecords, layers: Layers, space: Space): Finding[] => [
  ...records.all().flatMap(image => lackingLayers(image, layers)),
  ...space.unneeded().map((diffId): Finding => unneededLayer(diffId, space)),
  ...space.strayBlobs().map((digest): Finding => strayBlob(digest, space)),
]

function lackingLayers({ id, diffIds }: StoredImage, layers: Layers): Finding[] {
  const missing = diffIds.filter(diffId => !layers.has(diffId))
  if (missing.length === 0) return []
  const trouble = `lacks ${missing.length === 1 ? 'a layer' : `${missing.length} layers`}: ${missing[0]}`
  return [{ kind: 'image', subject: id, trouble, remedy: 'pull or load it again' }]
}

const unneededLayer = (diffId: string, space: Space): Finding => ({
  kind: 'layer',
  subject: diffId,
  trouble: 'no image needs it',
  remedy: 'remove it',
  mend: () => space.release([diffId]),
})

const strayBlob = (digest: string, space: Space): Finding => ({
  kind: 'blob',
  subject: digest,
  trouble: 'belongs to no layer',
  remedy: 'remove it',
  mend: () => space.removeStrayBlob(digest),
})
