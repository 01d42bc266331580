import type { Blobs } from '../../../store/blobs/blobs.ts'
import type { Layers } from '../../../store/layers/layers.ts'
import type { Trees } from '../../../store/tree/tree.ts'
import type { Images } from '../../images/images.ts'
import type { RegistrySettings } from '../../images/registry/settings.ts'
import type { BuildClient, BuildRequest } from '../contract.ts'
import type { Telling } from '../progress.ts'
import type { ProvenanceFacts } from './provenance.ts'

export type ExportNeeds = {
  images: Images
  layers: Layers
  blobs: Blobs
  trees: Trees
  registries: () => RegistrySettings
}

/** What one export has for its work. */
export type ExportTools = {
  telling: Telling
  client: BuildClient
  attestations: BuildRequest['attestations']
  provenance: ProvenanceFacts
  signal: AbortSignal
}
