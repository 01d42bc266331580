import type { Containers } from '../../../engine/containers/containers.ts'
import { withLegacyNetwork } from '../../../engine/containers/inspect.ts'
import type { ContainerInspect } from '../../../formats/engine-api/container.ts'
import { type ApiVersion, json, type Operation } from '../../http/operation.ts'

export const containerInspect = (containers: Pick<Containers, 'inspect' | 'sizes' | 'get'>): Operation => ({
  id: 'ContainerInspect',
  method: 'GET',
  path: '/containers/{id}/json',
  handle: async ({ params, query, version }) => {
    const given = params.id ?? ''
    const shown = containers.inspect(given)
    const sizes = query.flag('size') ? await containers.sizes(containers.get(given)) : {}
    return json(200, forVersion({ ...shown, ...sizes }, version))
  },
})

/** Fields that a version had, or did not have yet. */
function forVersion(shown: ContainerInspect, version: ApiVersion): ContainerInspect {
  const { ImageManifestDescriptor, ...older } = shown
  const dated = version.atLeast('1.48') ? shown : older
  return version.atLeast('1.52') ? dated : withLegacyNetwork(dated)
}
