import type { Containers } from '../../../engine/containers/containers.ts'
import type { WaitResult } from '../../../engine/containers/live-container.ts'
import { readCondition } from '../../../engine/containers/wait.ts'
import type { Operation } from '../../http/operation.ts'

/** The headers go out at once: `docker run` starts the container when it has them. */
export const containerWait = (containers: Pick<Containers, 'wait'>): Operation => ({
  id: 'ContainerWait',
  method: 'POST',
  path: '/containers/{id}/wait',
  handle: ({ params, query, signal, version }) => {
    // Before 1.30 there was no condition, and a client that waits reads the answer whole.
    const condition = readCondition(version.atLeast('1.30') ? query.text('condition') : undefined)
    const waiting = containers.wait(params.id ?? '', condition, signal)
    return { kind: 'stream', status: 200, contentType: 'application/json', body: answered(waiting) }
  },
})

async function* answered(waiting: Promise<WaitResult | undefined>): AsyncGenerator<string> {
  const result = await waiting
  if (!result) return
  const { code, error } = result
  yield `${JSON.stringify({ StatusCode: code, ...(error && { Error: { Message: error } }) })}\n`
}
