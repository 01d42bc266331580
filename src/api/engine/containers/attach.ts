import { type AttachRequest, attachContainer, checkAttach } from '../../../engine/containers/attach.ts'
import type { Containers } from '../../../engine/containers/containers.ts'
import { containerFaults } from '../../../engine/containers/faults.ts'
import type { LiveContainer } from '../../../engine/containers/live-container.ts'
import { DetachKeysError, parseDetachKeys } from '../../../formats/detach-keys/detach-keys.ts'
import { MULTIPLEXED, RAW } from '../../../formats/multiplexed-stream/multiplexed-stream.ts'
import type { ApiRequest, Operation } from '../../http/operation.ts'

export const containerAttach = (containers: Pick<Containers, 'get' | 'logs' | 'context'>): Operation => ({
  id: 'ContainerAttach',
  method: 'POST',
  path: '/containers/{id}/attach',
  handle: request => {
    const given = request.params.id ?? ''
    const container = containers.get(given)
    checkAttach(container, given)
    const attach = readAttach(containers, container, request)
    return {
      kind: 'hijack',
      contentType: streamType(request, container.record.config.Tty ?? false),
      run: connection => attachContainer(containers.context, container, connection, attach),
    }
  },
})

/** Clients before 1.42, and those that did not ask to upgrade, know one name for both kinds of stream. */
export const streamType = ({ version, headers }: ApiRequest, isTerminal: boolean): string =>
  !isTerminal && version.atLeast('1.42') && headers.upgrade !== undefined ? MULTIPLEXED : RAW

/** Clients of the WebSocket before 1.42 get all streams. */
export function readAttach(
  containers: Pick<Containers, 'logs'>,
  container: LiveContainer,
  { query, signal, version }: ApiRequest,
  merged = false,
): AttachRequest {
  const all = merged && !version.atLeast('1.42')
  const asked = (name: string) => all || query.flag(name)
  const streams = { stdin: asked('stdin'), stdout: asked('stdout'), stderr: asked('stderr') }
  const { stdout, stderr } = streams
  const options = {
    stdout,
    stderr,
    follow: false,
    timestamps: false,
    details: false,
    framed: !merged && !container.record.config.Tty,
  }
  const wantsBacklog = query.flag('logs') && (stdout || stderr)
  return {
    streams,
    merged,
    live: query.flag('stream'),
    ...(wantsBacklog && { backlog: containers.logs(container, options, signal) }),
    detachKeys: detachKeys(query.text('detachKeys')),
  }
}

function detachKeys(text: string | undefined): Uint8Array | undefined {
  if (!text) return undefined
  try {
    return parseDetachKeys(text)
  } catch (failure) {
    if (failure instanceof DetachKeysError) throw containerFaults.DETACH_KEYS(text, { cause: failure })
    throw failure
  }
}
