import { attachContainer, inspectContainer, startContainer, waitContainer } from '../../client/containers.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'
import { followSize } from './follow-size.ts'
import { proxySignals } from './proxy-signals.ts'
import { exitCode } from './run.ts'
import { connectStreams } from './streams.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    attach: bool('Attach STDOUT/STDERR and forward signals', { short: 'a' }),
    'detach-keys': text('Override the key sequence for detaching a container'),
    interactive: bool("Attach container's STDIN", { short: 'i' }),
  },
  operands: atLeast(1),
  complete: 'stopped',
  async run({ flags, operands, session }) {
    if (!flags.attach && !flags.interactive) return startAll(session, operands)
    if (operands.length > 1) throw new CommandFailure('you cannot start and attach multiple containers at once')
    const keys = flags['detach-keys'] || (await session.config()).contents.detachKeys || ''
    return startAttached(session, operands[0]!, flags.interactive, keys)
  },
})

async function startAll(session: Session, names: string[]): Promise<number> {
  const client = await session.client()
  const failed: string[] = []
  for (const name of names) {
    try {
      await startContainer(client, name)
      session.print(name)
    } catch (failure) {
      session.tell(messageOf(failure))
      failed.push(name)
    }
    await session.flush()
  }
  if (failed.length > 0) throw new CommandFailure(`Error: failed to start containers: ${failed.join(', ')}`)
  return 0
}

async function startAttached(
  session: Session,
  name: string,
  interactive: boolean,
  detachKeys: string,
): Promise<number> {
  const client = await session.client()
  const { Id, Config, HostConfig } = await inspectContainer(client, name)
  const tty = Config.Tty === true
  const stdin = interactive && Config.OpenStdin === true
  using _signals = tty ? undefined : proxySignals(session, client, Id)
  const query = {
    stream: 1,
    stdin: stdin ? 1 : undefined,
    stdout: 1,
    stderr: 1,
    detachKeys: detachKeys || undefined,
  } as const
  const [hijacked, exit] = await Promise.all([
    attachContainer(client, Id, query),
    waitContainer(client, Id, HostConfig.AutoRemove ? 'removed' : 'next-exit'),
  ])
  const exited = exitCode(session, exit.result)
  const ended = connectStreams(session, hijacked, { stdin, stdout: true, stderr: true, tty, detachKeys })
  ended.catch(() => {})
  try {
    await startContainer(client, Id)
  } catch (failure) {
    hijacked.connection.close()
    await Promise.allSettled(HostConfig.AutoRemove ? [ended, exited] : [ended])
    throw failure
  }
  using _size = tty && session.stdout.isTerminal ? followSize(session, client, Id, 'container') : undefined
  return (await ended) === 'detached' ? 0 : await exited
}
