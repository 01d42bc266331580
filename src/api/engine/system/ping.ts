import type { Answer, Operation } from '../../http/operation.ts'

const HEADERS = {
  'Builder-Version': '2',
  'Cache-Control': 'no-cache, no-store, must-revalidate',
  Pragma: 'no-cache',
  Swarm: 'inactive',
}
const ok: Answer = { kind: 'text', status: 200, body: 'OK', headers: HEADERS }

/** Answers whatever state the rest of the daemon is in. */
export const systemPing: Operation = { id: 'SystemPing', method: 'GET', path: '/_ping', handle: () => ok }

export const systemPingHead: Operation = {
  id: 'SystemPingHead',
  method: 'HEAD',
  path: '/_ping',
  handle: () => ({
    kind: 'empty',
    status: 200,
    headers: { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': '0' },
  }),
}
