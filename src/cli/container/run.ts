import type { Client } from '../../client/client.ts'
import { attachContainer, startContainer, type WaitResult, waitContainer } from '../../client/containers.ts'
import type { FlagValues } from '../../formats/command-line/flag.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import type { ContainerCreate } from '../../formats/engine-api/container.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'
import { createContainer } from './create-container.ts'
import { createFlags } from './flags/create-flags.ts'
import { followSize } from './follow-size.ts'
import { prepareBody, startFailure } from './prepare.ts'
import { proxySignals } from './proxy-signals.ts'
import { connectStreams, requireTerminal, type StreamEnd } from './streams.ts'

const flags = {
  ...createFlags,
  detach: bool('Run container in background and print container ID', { short: 'd' }),
  'detach-keys': text('Override the key sequence for detaching a container'),
  pull: text('Pull image before running ("always", "missing", "never")', {
    default: 'missing',
    complete: ['always', 'missing', 'never'],
  }),
  'sig-proxy': bool('Proxy received signals to the process', { default: true }),
}
type Flags = FlagValues<typeof flags>

export const command = defineCommand({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags,
  operands: atLeast(1),
  interspersed: false,
  complete: 'images',
  async run({ flags, given, operands, session }) {
    const body = await prepareBody(session, 'run', flags, given, operands)
    if (flags.detach) beDetached(flags, body)
    else requireTerminal(body.AttachStdin ?? false, flags.tty)
    const id = await createContainer(session, flags, body).catch(failure => {
      throw startFailure(failure)
    })
    const isAttached = body.AttachStdin || body.AttachStdout || body.AttachStderr
    return isAttached ? runAttached(session, flags, body, id) : runDetached(session, id)
  },
})

function beDetached(flags: Flags, body: ContainerCreate): void {
  if (flags.attach.length > 0) {
    throw new CommandFailure('conflicting options: cannot specify both --attach and --detach')
  }
  Object.assign(body, { AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false })
}

async function runDetached(session: Session, id: string): Promise<number> {
  session.print(id)
  await start(await session.client(), id)
  return 0
}

const start = (client: Client, id: string) =>
  startContainer(client, id).catch(failure => {
    throw startFailure(failure)
  })

/** Attaches and waits before it starts, so that neither output nor exit code can be missed. */
async function runAttached(session: Session, flags: Flags, body: ContainerCreate, id: string): Promise<number> {
  const client = await session.client()
  const detachKeys = flags['detach-keys'] || (await session.config()).contents.detachKeys || ''
  using _signals = proxySignals(session, client, id, flags['sig-proxy'])
  const asked = (name: 'AttachStdin' | 'AttachStdout' | 'AttachStderr') => (body[name] ? (1 as const) : undefined)
  const streams = { stdin: asked('AttachStdin'), stdout: asked('AttachStdout'), stderr: asked('AttachStderr') }
  const [hijacked, exit] = await Promise.all([
    attachContainer(client, id, { stream: 1, ...streams, detachKeys: detachKeys || undefined }),
    waitContainer(client, id, flags.rm ? 'removed' : 'next-exit'),
  ])
  const exited = exitCode(session, exit.result)
  const settings = {
    stdin: body.AttachStdin === true,
    stdout: body.AttachStdout === true,
    stderr: body.AttachStderr === true,
    tty: flags.tty,
    detachKeys,
  }
  const ended = connectStreams(session, hijacked, settings)
  ended.catch(() => {})
  try {
    await start(client, id)
  } catch (failure) {
    hijacked.connection.close()
    await Promise.allSettled(flags.rm ? [ended, exited] : [ended])
    throw failure
  }
  using _size = flags.tty && session.stdout.isTerminal ? followSize(session, client, id, 'container') : undefined
  return await outcome(ended, exited, settings.stdout || settings.stderr)
}

/** Where output is attached it is read to its end, however soon the exit code comes. */
async function outcome(ended: Promise<StreamEnd>, exited: Promise<number>, hasOutput: boolean): Promise<number> {
  if (!hasOutput) return await Promise.race([ended.then(end => (end === 'detached' ? 0 : exited)), exited])
  return (await ended) === 'detached' ? 0 : await exited
}

/** What cannot be waited for counts as 125, and is told. */
export async function exitCode(session: Session, result: Promise<WaitResult>): Promise<number> {
  try {
    const { StatusCode, Error: failure } = await result
    if (!failure?.Message) return StatusCode
    session.tell(`Error waiting for container: ${failure.Message}`)
  } catch (failure) {
    session.tell(`Error waiting for container: ${messageOf(failure)}`)
  }
  return 125
}
