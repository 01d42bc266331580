import type { Client } from '../../client/client.ts'
import { attachContainer, inspectContainer, resizeContainer, waitContainer } from '../../client/containers.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import type { ContainerInspect } from '../../formats/engine-api/container.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import type { Session } from '../session.ts'
import { windowSize } from '../terminal.ts'
import { followSize } from './follow-size.ts'
import { proxySignals } from './proxy-signals.ts'
import { connectStreams, requireTerminal } from './streams.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  flags: {
    'detach-keys': text('Override the key sequence for detaching a container'),
    'no-stdin': bool('Do not attach STDIN'),
    'sig-proxy': bool('Proxy all received signals to the process', { default: true }),
  },
  operands: exactly(1),
  complete: 'running',
  async run({ flags, operands: [name = ''], session }) {
    const client = await session.client()
    const container = await requireRunning(client, name)
    const { result } = await waitContainer(client, name)
    result.catch(() => {})
    const tty = container.Config.Tty === true
    requireTerminal(!flags['no-stdin'], tty)
    const detachKeys = flags['detach-keys'] || (await session.config()).contents.detachKeys || ''
    const stdin = !flags['no-stdin'] && container.Config.OpenStdin === true
    using _signals = flags['sig-proxy'] && !tty ? proxySignals(session, client, name) : undefined
    const query = {
      stream: 1,
      stdin: stdin ? 1 : undefined,
      stdout: 1,
      stderr: 1,
      detachKeys: detachKeys || undefined,
    } as const
    const hijacked = await attachContainer(client, name, query)
    await requireRunning(client, name)
    using _size = tty && session.stdout.isTerminal ? await redraw(session, client, name) : undefined
    const end = await connectStreams(session, hijacked, { stdin, stdout: true, stderr: true, tty, detachKeys })
    if (end === 'detached') throw new CommandFailure('read escape sequence')
    const { StatusCode, Error: failure } = await result
    if (failure?.Message) throw new CommandFailure(failure.Message)
    return StatusCode
  },
})

async function requireRunning(client: Client, name: string): Promise<ContainerInspect> {
  const container = await inspectContainer(client, name)
  if (!container.State.Running) {
    throw new CommandFailure('You cannot attach to a stopped container, start it first')
  }
  if (container.State.Paused) throw new CommandFailure('You cannot attach to a paused container, unpause it first')
  if (container.State.Restarting) {
    throw new CommandFailure('You cannot attach to a restarting container, wait until it is running')
  }
  return container
}

/** A size that differs for a moment makes the program draw its screen, or the shell its prompt, for the newcomer. */
async function redraw(session: Session, client: Client, name: string): Promise<Disposable> {
  const { rows, columns } = windowSize(session.stdout)
  await resizeContainer(client, name, rows + 1, columns + 1).catch(() => {})
  return followSize(session, client, name, 'container')
}
