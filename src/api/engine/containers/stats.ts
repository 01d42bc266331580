import { defineFaults } from '../../../base/faults.ts'
import type { Containers } from '../../../engine/containers/containers.ts'
import type { Stats } from '../../../engine/stats/stats.ts'
import type { ContainerStats } from '../../../formats/engine-api/stats.ts'
import { json, type Operation } from '../../http/operation.ts'

const faults = defineFaults('STATS', {
  BOTH: { kind: 'invalid', message: () => 'cannot have stream=true and one-shot=true' },
})

export const containerStats = (containers: Pick<Containers, 'get'>, stats: Stats): Operation => ({
  id: 'ContainerStats',
  method: 'GET',
  path: '/containers/{id}/stats',
  handle: async ({ params, query, signal }) => {
    const [isStream, isOneShot] = [query.flag('stream', true), query.flag('one-shot')]
    if (isStream && isOneShot) throw faults.BOTH()
    const container = containers.get(params.id ?? '')
    if (!isStream) return json(200, await stats.once(container.id, isOneShot, signal))
    return {
      kind: 'stream',
      status: 200,
      contentType: 'application/json',
      body: lines(stats.follow(container, signal)),
    }
  },
})

async function* lines(samples: AsyncIterable<ContainerStats>): AsyncGenerator<string> {
  for await (const sample of samples) yield `${JSON.stringify(sample)}\n`
}
