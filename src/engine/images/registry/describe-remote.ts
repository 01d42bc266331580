import type { OciDescriptor, OciPlatform } from '../../../formats/engine-api/common.ts'
import { parseImageConfig } from '../../../formats/oci-image/config.ts'
import { parseManifest } from '../../../formats/oci-image/manifest.ts'
import { type Reference, repositoryOf, withDefaultTag } from '../../../formats/reference/reference.ts'
import { mayTryNext } from '../pull/pull-faults.ts'
import { type Credentials, credentialsFor } from './credentials.ts'
import { registryFaults } from './faults.ts'
import { fetchConfig } from './fetch-blob.ts'
import { endpointsOf } from './hosts.ts'
import { RepositoryClient } from './repository-client.ts'
import type { RegistrySettings } from './settings.ts'
import { Transport } from './transport.ts'

export type RemoteImage = { Descriptor: OciDescriptor; Platforms: OciPlatform[] }

/** What a registry has under a name, without taking it: the manifest or index that is meant, and the platforms it is for. */
export async function describeRemote(
  reference: Reference,
  credentials: Credentials | undefined,
  settings: RegistrySettings,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const transport = new Transport(settings)
  const own = credentialsFor(reference.domain, credentials)
  let last: unknown
  for (const endpoint of await endpointsOf(reference.domain, settings)) {
    const client = new RepositoryClient(transport, endpoint, repositoryOf(reference), own)
    try {
      await client.ping(signal)
      return await describe(client, withDefaultTag(reference), signal)
    } catch (failure) {
      if (signal.aborted) throw registryFaults.CANCELLED({ cause: failure })
      last = failure
      if (!mayTryNext(failure, endpoint.mirror)) break
    }
  }
  throw last
}

async function describe(
  client: RepositoryClient,
  { tag, digest }: Reference,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const fetched = await client.manifest(digest ?? tag!, signal)
  const parsed = parseManifest(fetched.bytes, fetched.contentType)
  const Descriptor = { mediaType: parsed.mediaType, digest: fetched.digest, size: fetched.bytes.length }
  if (parsed.kind === 'index')
    return { Descriptor, Platforms: parsed.manifests.flatMap(({ platform }) => platform ?? []) }
  const { architecture, os, variant, ...config } = parseImageConfig(await fetchConfig(client, parsed.config, signal))
  const version = config['os.version']
  return {
    Descriptor,
    Platforms: [{ architecture, os, ...(version && { 'os.version': version }), ...(variant && { variant }) }],
  }
}
