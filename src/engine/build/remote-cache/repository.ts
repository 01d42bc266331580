import { parseReference, type Reference, repositoryOf, withDefaultTag } from '../../../formats/reference/reference.ts'
import { type Credentials, credentialsFor } from '../../images/registry/credentials.ts'
import { endpointsOf } from '../../images/registry/hosts.ts'
import { RepositoryClient } from '../../images/registry/repository-client.ts'
import type { RegistrySettings } from '../../images/registry/settings.ts'
import { Transport } from '../../images/registry/transport.ts'
import type { BuildClient, CacheEndpoint } from '../contract.ts'
import { buildFaults } from '../faults.ts'

export type OpenRepository = { client: RepositoryClient; name: string }

/** The repository that a cache of type `registry` names, at the first of its endpoints that answers. */
export async function openRepository(
  settings: RegistrySettings,
  { attributes }: CacheEndpoint,
  asker: Pick<BuildClient, 'credentials'>,
  access: 'pull' | 'pull,push',
  signal: AbortSignal,
): Promise<OpenRepository> {
  if (!attributes.ref) throw buildFaults.ARGUMENT('cache', 'type=registry needs a ref')
  const reference = withDefaultTag(parseReference(attributes.ref))
  const credentials = credentialsFor(reference.domain, await asker.credentials(reference.domain))
  const mirrors = access === 'pull' ? settings.mirrors : []
  let last: unknown
  for (const endpoint of await endpointsOf(reference.domain, { ...settings, mirrors })) {
    const client = clientOf(settings, endpoint, reference, credentials, access)
    try {
      await client.ping(signal)
      return { client, name: reference.digest ?? reference.tag! }
    } catch (failure) {
      last = failure
    }
  }
  throw last
}

const clientOf = (
  settings: RegistrySettings,
  endpoint: Awaited<ReturnType<typeof endpointsOf>>[number],
  reference: Reference,
  credentials: Credentials | undefined,
  access: string,
): RepositoryClient =>
  new RepositoryClient(new Transport(settings), endpoint, repositoryOf(reference), credentials, [
    `repository:${reference.path}:${access}`,
  ])
