import type { Descriptor } from '../../../formats/oci-image/manifest.ts'
import { downloadBlob } from './download.ts'
import { registryFaults } from './faults.ts'
import type { RepositoryClient } from './repository-client.ts'

/** A config larger than this is no config. */
const MAX_CONFIG = 8 * 1024 * 1024

/** A small blob in memory, checked. */
export async function fetchConfig(
  client: RepositoryClient,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Buffer> {
  if (descriptor.size > MAX_CONFIG) throw registryFaults.TOO_LARGE('image config', MAX_CONFIG)
  const chunks: Uint8Array[] = []
  for await (const chunk of downloadBlob(client, descriptor, signal)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
