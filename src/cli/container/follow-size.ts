import type { Client } from '../../client/client.ts'
import { resizeContainer, resizeExec } from '../../client/containers.ts'
import type { Session } from '../session.ts'
import { type WindowSize, watchWindowSize, windowSize } from '../terminal.ts'

const ATTEMPTS = 10

/** Gives the container's terminal the size of ours, now and whenever it changes. A process that is only starting is tried again for half a second. */
export function followSize(session: Session, client: Client, id: string, kind: 'container' | 'exec'): Disposable {
  const resize = async ({ rows, columns }: WindowSize): Promise<void> => {
    if (rows === 0 && columns === 0) return
    if (kind === 'exec') await resizeExec(client, id, rows, columns)
    else await resizeContainer(client, id, rows, columns)
  }
  void firstResize(() => resize(windowSize(session.stdout)))
  return watchWindowSize(session.stdout, size => void resize(size).catch(() => {}))
}

async function firstResize(resize: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await resize()
    } catch {
      await Bun.sleep(attempt * 10)
    }
  }
}
