import { method } from '../grpc/client.ts'
import { bytes, integer, long, map, maybe, one, text, unsigned } from '../protobuf/fields.ts'
import { message } from '../protobuf/message.ts'
import type { ValueOfKind } from './operations.ts'

/** Services that the client offers on its session. Source: moby/buildkit, session/. */
const BytesMessage = message({ data: one(1, bytes) })

/** Source: tonistiigi/fsutil, types/stat.proto. `mode` is of Go's os.FileMode, `modified` in nanoseconds. */
export const Stat = message({
  path: one(1, text),
  mode: one(2, unsigned),
  uid: one(3, unsigned),
  gid: one(4, unsigned),
  size: one(5, integer),
  modified: one(6, long),
  linkName: one(7, text),
  deviceMajor: one(8, integer),
  deviceMinor: one(9, integer),
  attributes: map(10, bytes),
})
export const PACKET = { STAT: 0, REQUEST: 1, DATA: 2, FINISH: 3, ERROR: 4 } as const
/** Source: tonistiigi/fsutil, types/wire.proto. */
export const Packet = message({
  type: one(1, integer),
  stat: maybe(2, Stat),
  id: one(3, unsigned),
  data: one(4, bytes),
})

export const SESSION = {
  directory: method('/moby.filesync.v1.FileSync/DiffCopy', Packet, Packet),
  /** An export of files: the builder is the sender. */
  exportFiles: method('/moby.filesync.v1.FileSend/DiffCopy', Packet, Packet),
  /** An export as one stream, by the same name; what it is the client knows from what it asked for. */
  exportStream: method('/moby.filesync.v1.FileSend/DiffCopy', BytesMessage, BytesMessage),
  pull: method('/moby.upload.v1.Upload/Pull', BytesMessage, BytesMessage),
  credentials: method(
    '/moby.filesync.v1.Auth/Credentials',
    message({ host: one(1, text) }),
    message({ username: one(1, text), secret: one(2, text) }),
  ),
  secret: method(
    '/moby.buildkit.secrets.v1.Secrets/GetSecret',
    message({ id: one(1, text), annotations: map(2, text) }),
    message({ data: one(1, bytes) }),
  ),
  checkAgent: method('/moby.sshforward.v1.SSH/CheckAgent', message({ id: one(1, text) }), message({})),
  forwardAgent: method('/moby.sshforward.v1.SSH/ForwardAgent', BytesMessage, BytesMessage),
  health: method(
    '/grpc.health.v1.Health/Check',
    message({ service: one(1, text) }),
    message({ status: one(1, integer) }),
  ),
} as const

/** Headers of `POST /session`. */
export const SESSION_HEADERS = {
  id: 'X-Docker-Expose-Session-Uuid',
  name: 'X-Docker-Expose-Session-Name',
  sharedKey: 'X-Docker-Expose-Session-Sharedkey',
  method: 'X-Docker-Expose-Session-Grpc-Method',
} as const

export type StatMessage = ValueOfKind<typeof Stat>
export type PacketMessage = ValueOfKind<typeof Packet>
