import { defineFaults } from '../../../base/faults.ts'
import type { Operation } from '../../http/operation.ts'

const faults = defineFaults('PLUGIN', {
  NOT_FOUND: { kind: 'not-found', message: (name: string) => `plugin "${name}" not found` },
})

/** There are no plugins. `docker inspect` of an unknown name asks for one last, and needs this answer to say that there is no such object. */
export const pluginInspect: Operation = {
  id: 'PluginInspect',
  method: 'GET',
  path: '/plugins/{name*}/json',
  handle: ({ params }) => {
    throw faults.NOT_FOUND(params['name'] ?? '')
  },
}
