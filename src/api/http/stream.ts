import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

type Body = AsyncIterable<Uint8Array | string> | Readable

/** Copies a body to a client as fast as the client reads. When the client goes, the body is destroyed or returned, and that is no error. */
export async function sendStream(response: ServerResponse, body: Body): Promise<void> {
  const gone = whenGone(response)
  const chunks = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await Promise.race([chunks.next(), gone.promise])
      if (next === undefined || next.done) break
      if (!response.write(next.value)) await Promise.race([once(response, 'drain'), gone.promise])
    }
    if (!gone.happened()) response.end()
  } catch (failure) {
    if (!gone.happened()) throw failure
  } finally {
    gone.forget()
    leave(body, chunks)
  }
}

function whenGone(response: ServerResponse) {
  let happened = response.destroyed
  let resolve = (_: undefined): void => {}
  const promise = new Promise<undefined>(settle => {
    resolve = settle
  })
  const onClose = () => {
    happened = true
    resolve(undefined)
  }
  if (happened) resolve(undefined)
  response.once('close', onClose)
  return { promise, happened: () => happened, forget: () => response.off('close', onClose) }
}

/** Not awaited: a generator that waits for its next event returns only then, unless its own signal ends it. */
function leave(body: Body, chunks: AsyncIterator<unknown>): void {
  if (body instanceof Readable) body.destroy()
  else Promise.resolve(chunks.return?.()).catch(() => {})
}
