import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { DEFAULT_DETACH_KEYS, DetachWatcher } from '../../formats/detach-keys/detach-keys.ts'
import type { AttachStreams } from '../../host/monitor/monitor.ts'
import { type ContainerContext, emit } from './context.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'

export type AttachRequest = {
  streams: { stdin: boolean; stdout: boolean; stderr: boolean }
  /** Both kinds of output as one, without frames around their pieces. */
  merged?: boolean
  /** What the container has written so far comes first. */
  backlog?: AsyncIterable<Uint8Array>
  /** Go on with what it writes from now on, until it ends. */
  live: boolean
  /** Of terminals only. Empty: no way to detach. */
  detachKeys?: Uint8Array
}

/** Throws 409 where the API refuses before the connection is taken over. `given`: what the client called it. */
export function checkAttach({ record: { state } }: LiveContainer, given: string): void {
  if (state.status === 'paused') throw containerFaults.PAUSED_ATTACH(given)
  if (state.status === 'restarting') throw containerFaults.RESTARTING_ATTACH(given)
}

/**
 * Joins a client to a container's streams until the container ends, the client goes or detaches. One that does not run
 * yet is joined as it starts: `docker run` attaches first, so that it misses nothing.
 */
export async function attachContainer(
  context: ContainerContext,
  container: LiveContainer,
  client: Duplex,
  request: AttachRequest,
): Promise<void> {
  const joining = request.live ? join(container, streamsOf(container, request), client) : undefined
  emit(context, container, 'attach')
  if (request.backlog) await send(request.backlog, client)
  const socket = await joining
  if (!socket) return
  const keys = container.record.config.Tty ? (request.detachKeys ?? DEFAULT_DETACH_KEYS) : new Uint8Array()
  const ending = await bridge(client, socket, request.streams.stdin, keys)
  if (ending === 'detached') emit(context, container, 'detach')
}

function streamsOf({ record: { config } }: LiveContainer, { streams, merged }: AttachRequest): AttachStreams {
  return { ...streams, stdin: streams.stdin && (config.OpenStdin ?? false), framed: !merged && !config.Tty }
}

/** undefined: the client went first, or the start failed. */
function join(container: LiveContainer, streams: AttachStreams, client: Duplex): Promise<Socket | undefined> {
  if (container.monitor) return container.monitor.attach(streams).catch(() => undefined)
  return new Promise(resolve => {
    const settle = (socket?: Socket) => {
      container.pending.delete(attachment)
      client.off('close', onClose)
      resolve(socket)
    }
    const onClose = () => settle()
    const attachment = { streams, joined: settle, dropped: settle }
    client.once('close', onClose)
    container.pending.add(attachment)
  })
}

async function send(pieces: AsyncIterable<Uint8Array>, client: Duplex): Promise<void> {
  for await (const piece of pieces) {
    if (client.destroyed) return
    if (!client.write(piece)) await drained(client)
  }
}

const drained = (client: Duplex): Promise<void> =>
  new Promise(resolve => {
    const done = () => {
      client.off('drain', done).off('close', done)
      resolve()
    }
    client.once('drain', done).once('close', done)
  })

export type Ending = 'ended' | 'detached'

/** Copies both ways until either side is gone. A client that closes its sending side still gets all of the output. */
export function bridge(client: Duplex, socket: Socket, stdin: boolean, detachKeys: Uint8Array): Promise<Ending> {
  return new Promise(resolve => {
    const finish = (ending: Ending) => {
      client.off('close', onClientClose)
      socket.destroy()
      resolve(ending)
    }
    const onClientClose = () => finish('ended')
    client.once('close', onClientClose)
    socket.pipe(client, { end: false })
    socket.once('end', () => finish('ended'))
    socket.once('close', () => finish('ended'))
    // It may have ended, without a byte, while the backlog was sent: that event does not come again.
    if (socket.readableEnded || socket.destroyed) return finish('ended')
    if (!stdin) client.resume()
    else if (detachKeys.length === 0) client.pipe(socket)
    else copyWatched(client, socket, new DetachWatcher(detachKeys), () => finish('detached'))
  })
}

function copyWatched(client: Duplex, socket: Socket, watcher: DetachWatcher, detach: () => void): void {
  client.on('data', (chunk: Buffer) => {
    const { pass, detached } = watcher.push(chunk)
    const isFull = pass.length > 0 && !socket.write(pass)
    if (detached) detach()
    else if (isFull) {
      client.pause()
      socket.once('drain', () => client.resume())
    }
  })
  client.once('end', () => socket.end(watcher.flush()))
}
