import type { Blobs } from '../../../store/blobs/blobs.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import type { Trees } from '../../../store/tree/tree.ts'
import type { Images } from '../../images/images.ts'
import type { BuildClient } from '../contract.ts'
import type { Telling } from '../progress.ts'

export type ExportNeeds = { images: Images; layers: Layers; blobs: Blobs; trees: Trees }

/** What one export has for its work. */
export type ExportTools = { telling: Telling; client: BuildClient; signal: AbortSignal }
