import { readFileSync } from 'node:fs'
import { attachExec, createExec, inspectContainer, inspectExec, startExec } from '../../client/containers.ts'
import { bool, list, text } from '../../formats/command-line/flag-types.ts'
import { parseEnvFile } from '../../formats/env-file/env-file.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { hasInputTerminal, windowSize } from '../terminal.ts'
import { fileFailure } from './create-body.ts'
import { checkEnvironment } from './flags/checks.ts'
import { followSize } from './follow-size.ts'
import { connectStreams, requireTerminal } from './streams.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  flags: {
    detach: bool('Detached mode: run command in the background', { short: 'd' }),
    'detach-keys': text('Override the key sequence for detaching a container'),
    env: list('Set environment variables', { short: 'e', check: checkEnvironment, complete: 'environment' }),
    'env-file': list('Read in a file of environment variables', { complete: 'files' }),
    interactive: bool('Keep STDIN open even if not attached', { short: 'i' }),
    privileged: bool('Give extended privileges to the command'),
    tty: bool('Allocate a pseudo-TTY', { short: 't' }),
    user: text('Username or UID (format: "<name|uid>[:<group|gid>]")', { short: 'u' }),
    workdir: text('Working directory inside the container', { short: 'w' }),
  },
  operands: atLeast(2),
  interspersed: false,
  complete: 'exec',
  async run({ flags, operands: [name = '', ...Cmd], session }) {
    const Env = [...flags['env-file'].flatMap(readEnvironment), ...flags.env]
    const detachKeys = flags['detach-keys'] || (await session.config()).contents.detachKeys || ''
    const client = await session.client()
    const stdin = !flags.detach && flags.interactive
    if (stdin && flags.tty && !hasInputTerminal()) {
      await inspectContainer(client, name)
      requireTerminal(stdin, flags.tty)
    }
    const { rows, columns } = windowSize(session.stdout)
    const ConsoleSize: [number, number] | undefined = flags.tty ? [rows, columns] : undefined
    const { Id } = await createExec(client, name, {
      User: flags.user,
      Privileged: flags.privileged,
      Tty: flags.tty,
      ConsoleSize,
      AttachStdin: stdin,
      AttachStderr: !flags.detach,
      AttachStdout: !flags.detach,
      Detach: flags.detach,
      DetachKeys: detachKeys,
      Env: Env.length > 0 ? Env : null,
      WorkingDir: flags.workdir,
      Cmd,
    })
    const start = { Detach: flags.detach, Tty: flags.tty, ConsoleSize }
    if (flags.detach) {
      await startExec(client, Id, start)
      return 0
    }
    const hijacked = await attachExec(client, Id, start)
    using _size = flags.tty && hasInputTerminal() ? followSize(session, client, Id, 'exec') : undefined
    const settings = { stdin, stdout: true, stderr: true, tty: flags.tty, detachKeys }
    if ((await connectStreams(session, hijacked, settings)) === 'detached') {
      throw new CommandFailure('read escape sequence')
    }
    return (await inspectExec(client, Id)).ExitCode ?? 0
  },
})

function readEnvironment(file: string): string[] {
  let content: Uint8Array
  try {
    content = readFileSync(file)
  } catch (failure) {
    throw fileFailure('open', file, failure)
  }
  return parseEnvFile(content, file, name => process.env[name])
}
