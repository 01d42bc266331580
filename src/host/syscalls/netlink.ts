import { dlopen } from 'bun:ffi'
import { constants } from 'node:os'
import { check, errnoName, lastErrno, SystemCallError } from './call.ts'
import { type Answer, HEADER_BYTES, messageBytes, messagesOf, type Request } from './netlink-message.ts'

const libc = dlopen('libc.so.6', {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  send: { args: ['i32', 'ptr', 'u64', 'i32'], returns: 'i64' },
  recv: { args: ['i32', 'ptr', 'u64', 'i32'], returns: 'i64' },
  close: { args: ['i32'], returns: 'i32' },
}).symbols

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLM_F_DUMP = 0x300
const NLM_F_DUMP_INTR = 0x10
const RECEIVE_BYTES = 256 * 1024

export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12

/** A refused netlink request; `request` is the place of the message in the batch. */
export class NetlinkError extends SystemCallError {
  readonly request: number
  constructor(errno: number, what: string, request: number) {
    super(errno, what)
    this.name = 'NetlinkError'
    this.request = request
  }
}

/**
 * A netlink socket of the calling thread's present network namespace; it stays there when the thread moves on.
 * Calls wait for the kernel's answer on this thread (links take the kernel's RTNL lock): for the worker only.
 */
export class NetlinkSocket implements Disposable {
  readonly #fd: number
  #sequence = 0
  readonly #buffer = Buffer.alloc(RECEIVE_BYTES)

  constructor(protocol: number) {
    this.#fd = check(libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol), 'socket', 'netlink')
    // a large dump must not overrun the queue; refused without CAP_NET_ADMIN, which then shows elsewhere
    libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, new Int32Array([4 << 20]), 4)
  }

  /** Sends all in one datagram; the kernel carries them out in order and stops at none. The first refusal is thrown, after all were answered. */
  run(requests: Request[], what: string): void {
    const first = this.#sequence + 1
    const bytes = Buffer.concat(
      requests.map(request =>
        messageBytes({ ...request, flags: request.flags | NLM_F_REQUEST | NLM_F_ACK }, ++this.#sequence),
      ),
    )
    this.#send(bytes, what)
    const refused = this.#acknowledgements(first, requests.length, what)
    if (refused) throw new NetlinkError(refused.errno, `${what}`, refused.request)
  }

  /** The one message that the kernel answers with. */
  get(request: Request, what: string): Uint8Array {
    const sequence = ++this.#sequence
    this.#send(messageBytes({ ...request, flags: request.flags | NLM_F_REQUEST }, sequence), what)
    for (;;) {
      const answer = this.#receive(what).find(each => each.sequence === sequence)
      if (answer?.type === NLMSG_ERROR) throw new NetlinkError(errorOf(answer), what, 0)
      if (answer) return Uint8Array.from(answer.payload)
    }
  }

  /** Everything that the kernel lists, the payloads behind their headers. Asked again when the list changed meanwhile. */
  dump(request: Request, what: string): Uint8Array[] {
    for (let attempt = 0; ; attempt++) {
      const { items, interrupted } = this.#dumpOnce(request, what)
      if (!interrupted || attempt === 4) return items
    }
  }

  #dumpOnce(request: Request, what: string): { items: Uint8Array[]; interrupted: boolean } {
    const sequence = ++this.#sequence
    this.#send(messageBytes({ ...request, flags: request.flags | NLM_F_REQUEST | NLM_F_DUMP }, sequence), what)
    const items: Uint8Array[] = []
    for (let interrupted = false; ; ) {
      for (const answer of this.#receive(what)) {
        if (answer.sequence !== sequence) continue
        interrupted ||= (answer.flags & NLM_F_DUMP_INTR) !== 0
        if (answer.type === NLMSG_DONE) return { items, interrupted }
        if (answer.type === NLMSG_ERROR) throw new NetlinkError(errorOf(answer), what, 0)
        items.push(Uint8Array.from(answer.payload))
      }
    }
  }

  #acknowledgements(first: number, count: number, what: string): { errno: number; request: number } | undefined {
    let refused: { errno: number; request: number } | undefined
    for (let waiting = count; waiting > 0; ) {
      for (const answer of this.#receive(what)) {
        const request = answer.sequence - first
        if (answer.type !== NLMSG_ERROR || request < 0 || request >= count) continue
        waiting--
        const errno = errorOf(answer)
        if (errno !== 0) refused ??= { errno, request }
      }
    }
    return refused
  }

  #send(bytes: Uint8Array, what: string): void {
    check(libc.send(this.#fd, bytes, bytes.length, 0), 'send', what)
  }

  #receive(what: string): Answer[] {
    for (;;) {
      const length = Number(libc.recv(this.#fd, this.#buffer, this.#buffer.length, 0))
      if (length >= HEADER_BYTES) return [...messagesOf(this.#buffer.subarray(0, length))]
      const errno = length < 0 ? lastErrno() : constants.errno.EIO
      if (errnoName(errno) !== 'EINTR') throw new SystemCallError(errno, 'recv', what)
    }
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd)
  }
}

const errorOf = ({ payload }: Answer): number =>
  payload.length >= 4 ? -new DataView(payload.buffer, payload.byteOffset, 4).getInt32(0, true) : constants.errno.EIO
