import type { Hijacked } from '../../client/client.ts'
import { DEFAULT_DETACH_KEYS, DetachWatcher, parseDetachKeys } from '../../formats/detach-keys/detach-keys.ts'
import { Demultiplexer } from '../../formats/multiplexed-stream/demultiplexer.ts'
import { STDERR, SYSTEM_ERROR } from '../../formats/multiplexed-stream/multiplexed-stream.ts'
import { CommandFailure } from '../failures.ts'
import type { Session } from '../session.ts'
import { hasInputTerminal, rawInput, readInput } from '../terminal.ts'

export type StreamSettings = {
  stdin: boolean
  stdout: boolean
  stderr: boolean
  /** The container has a terminal: its output is one plain stream, and the detach keys are looked for. */
  tty: boolean
  detachKeys: string
}

export type StreamEnd = 'output-ended' | 'detached'

/**
 * Connects the streams of this process with those of the container until its output ends or the detach keys are typed.
 * The terminal is put back before it returns.
 */
export async function connectStreams(
  session: Session,
  { connection }: Hijacked,
  settings: StreamSettings,
): Promise<StreamEnd> {
  using _raw = settings.stdin && settings.tty && hasInputTerminal() ? rawInput() : undefined
  const output = copyOutput(session, connection, settings)
  const input = copyInput(connection, settings)
  const hasOutput = settings.stdout || settings.stderr
  const ends: Promise<StreamEnd>[] = [
    input.then(end => (end === 'detached' || !hasOutput ? end : new Promise<never>(() => {}))),
  ]
  if (hasOutput) ends.push(output)
  return await Promise.race(ends)
}

type Connection = Hijacked['connection']

async function copyOutput(
  session: Session,
  connection: Connection,
  { tty, stdout, stderr }: StreamSettings,
): Promise<StreamEnd> {
  if (tty) {
    for (let bytes = await connection.read(); bytes; bytes = await connection.read()) {
      session.stdout.write(bytes)
      await session.stdout.flush()
    }
    return 'output-ended'
  }
  const split = splitter(session, stdout, stderr)
  for (let bytes = await connection.read(); bytes; bytes = await connection.read()) {
    split.push(bytes)
    await session.flush()
  }
  return 'output-ended'
}

/** Writes the pieces of a multiplexed stream where they belong; an error of the daemon in it is thrown. */
export function splitter(session: Session, stdout = true, stderr = true): Demultiplexer {
  return new Demultiplexer((kind, piece) => {
    if (kind === SYSTEM_ERROR) throw new CommandFailure(`error from daemon in stream: ${Buffer.from(piece)}`)
    if (kind === STDERR) {
      if (stderr) session.stderr.write(piece)
    } else if (stdout) session.stdout.write(piece)
  })
}

/** The end of the input half-closes the connection. What cannot be written any more is dropped: the output tells why. */
async function copyInput(connection: Connection, { stdin, tty, detachKeys }: StreamSettings): Promise<StreamEnd> {
  if (!stdin) return 'output-ended'
  const watcher = tty ? new DetachWatcher(keysOf(detachKeys)) : undefined
  try {
    for await (const chunk of readInput()) {
      const { pass, detached } = watcher ? watcher.push(chunk) : { pass: chunk, detached: false }
      await connection.write(pass)
      if (detached) return 'detached'
    }
    if (watcher) await connection.write(watcher.flush())
  } catch {}
  connection.endWrite()
  return 'output-ended'
}

/** Keys that cannot be read are told by the daemon; here the usual ones then count. */
function keysOf(text: string): Uint8Array {
  if (text === '') return DEFAULT_DETACH_KEYS
  try {
    return parseDetachKeys(text)
  } catch {
    return DEFAULT_DETACH_KEYS
  }
}

/** docker's CheckTty: a terminal in the container needs one here, if its input is connected. */
export function requireTerminal(attachesStdin: boolean, tty: boolean): void {
  if (attachesStdin && tty && !hasInputTerminal()) throw new CommandFailure('the input device is not a TTY')
}
