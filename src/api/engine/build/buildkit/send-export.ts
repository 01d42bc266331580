import { toBytes } from '../../../../base/byte-text.ts'
import type { TarEntry } from '../../../../formats/tar/entry.ts'
import { type TarMember, tarMembers } from '../../../../formats/tar/members.ts'
import { SESSION, type StatMessage } from '../../../../wire/buildkit/session.ts'
import { wireMode } from '../../../../wire/directory/file-mode.ts'
import { type SentEntry, sendDirectory } from '../../../../wire/directory/send-directory.ts'
import { openCall } from '../../../../wire/grpc/client.ts'
import type { Metadata } from '../../../../wire/grpc/metadata.ts'
import type { Http2Connection } from '../../../../wire/http2/connection.ts'

const CHUNK_BYTES = 1024 * 1024

/** The archive as it is; the client writes it where it likes. */
export async function sendStream(
  connection: Http2Connection,
  tar: AsyncIterable<Uint8Array>,
  metadata: Metadata,
): Promise<void> {
  const call = await openCall(connection, SESSION.exportStream, { metadata })
  const answered = ended(call.responses)
  answered.catch(() => {})
  const sent = sendAll(call, tar)
  sent.catch(() => {})
  // A client that refuses says why by its answer, not by what sending comes to.
  await Promise.race([sent, answered])
  await answered
}

async function sendAll(
  call: { send(message: { data: Uint8Array }): Promise<void>; end(): Promise<void> },
  tar: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of tar) {
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES)
      await call.send({ data: chunk.subarray(at, at + CHUNK_BYTES) })
  }
  await call.end()
}

async function ended(responses: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of responses);
}

/** The members of the archive as files, which the client writes into a directory of its own. */
export async function sendFiles(
  connection: Http2Connection,
  tar: AsyncIterable<Uint8Array>,
  metadata: Metadata,
): Promise<void> {
  const call = await openCall(connection, SESSION.exportFiles, { metadata })
  await sendDirectory({ incoming: call.responses, send: call.send }, entriesOf(tar))
  await call.end()
}

/** Content can only be read in its turn, so each file waits until it was asked for and sent. */
async function* entriesOf(tar: AsyncIterable<Uint8Array>): AsyncGenerator<SentEntry, void> {
  for await (const member of tarMembers(tar)) {
    const stat = statOf(member.entry)
    if (!stat) continue
    if (member.entry.type !== 'file') {
      yield { stat }
      continue
    }
    const read = Promise.withResolvers<void>()
    yield { stat, open: () => content(member, read.resolve) }
    await read.promise
  }
}

async function* content({ body }: TarMember, done: () => void): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body
  } finally {
    done()
  }
}

/** The root itself is told by nobody; devices and pipes have no place among the files of a user. */
function statOf({ name, type, linkName, mode, uid, gid, size, modified }: TarEntry): Partial<StatMessage> | undefined {
  const path = text(name).replace(/^(\.?\/)+/, '')
  if (path === '' || path === '.') return undefined
  if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'link') return undefined
  return {
    path,
    mode: wireMode(type === 'link' ? 'file' : type, mode),
    uid,
    gid,
    size,
    modified: BigInt(modified.seconds) * 1_000_000_000n + BigInt(modified.nanoseconds),
    linkName: type === 'link' ? text(linkName).replace(/^(\.?\/)+/, '') : text(linkName),
  }
}

const text = (name: string): string => toBytes(name).toString('utf8')
