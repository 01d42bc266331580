import { CommandLineError, parseLine } from '../formats/command-line/parse.ts'
import type { Command } from './command.ts'
import { type Entry, findCommand } from './commands.table.ts'
import { CommandFailure } from './failures.ts'
import { globalFlags, LOG_LEVELS } from './global-flags.ts'
import { checkOperands, unknownCommand, usageFailure } from './grammar.ts'
import { Session } from './session.ts'
import type { GlobalFlags } from './settings.ts'
import { versionLine } from './version-line.ts'

const BROKEN_PIPE_EXIT = 141

/** The exit code, after everything has been written. */
export async function runCommandLine(args: string[], environment: Record<string, string | undefined>): Promise<number> {
  let session = new Session(environment, {} as GlobalFlags)
  try {
    const line = parseGlobals(args)
    session = new Session(environment, line.values as GlobalFlags)
    if (!LOG_LEVELS.includes(session.globals['log-level'])) {
      throw new CommandFailure(`Unable to parse logging level: ${session.globals['log-level']}`)
    }
    const exitCode = await dispatch(session, args, line.operands, line.help, line.values['version'] === true)
    await session.flush()
    return exitCode
  } catch (failure) {
    return await report(session, failure)
  }
}

function parseGlobals(args: string[]) {
  try {
    return parseLine(globalFlags, args, { interspersed: false })
  } catch (failure) {
    throw usageFailure(failure, 'berth', '[OPTIONS] COMMAND [ARG...]')
  }
}

async function dispatch(
  session: Session,
  args: string[],
  words: string[],
  help: boolean,
  wantsVersion: boolean,
): Promise<number> {
  if (words.length === 0) {
    if (wantsVersion && !help) session.print(versionLine)
    else await showHelp(session, [], help ? 'stdout' : 'stderr')
    return 0
  }
  if (help) return showHelp(session, words, 'stdout', args)
  if (words[0] === 'help') return showHelp(session, words.slice(1), 'stdout', args)
  if (words[0] === '__complete') return (await import('./completion/complete.ts')).complete(session, words.slice(1))
  const found = findCommand(words)
  if (found.kind === 'command') return runEntry(session, found.entry, found.name, found.rest)
  const { commandOfPlugin } = await import('./plugins/command-of-plugin.ts')
  const plugin = await commandOfPlugin(session, args, words)
  if (plugin) return await plugin()
  const { refuseUnimplemented } = await import('./not-implemented.ts')
  refuseUnimplemented(words)
  if (found.kind === 'none') throw unknownCommand('berth', words[0]!)
  return groupAlone(session, found.group.name, found.rest)
}

async function groupAlone(session: Session, name: string, rest: string[]): Promise<number> {
  const path = `berth ${name}`
  let line: ReturnType<typeof parseLine>
  try {
    line = parseLine({}, rest, { interspersed: true })
  } catch (failure) {
    throw usageFailure(failure, path, '')
  }
  if (line.operands.length > 0 && !line.help) throw unknownCommand(path, line.operands[0]!)
  return showHelp(session, [name], line.help ? 'stdout' : 'stderr')
}

/** `args`: the whole command line, which a plugin is given to tell its own help. */
async function showHelp(
  session: Session,
  words: string[],
  stream: 'stdout' | 'stderr',
  args?: string[],
): Promise<number> {
  const { helpFor } = await import('./help.ts')
  if (words.length === 0) {
    const { describePlugins } = await import('./plugins/plugin-metadata.ts')
    session[stream].write(await helpFor(words, undefined, await describePlugins(session)))
    return 0
  }
  if (args && findCommand(words).kind !== 'command') {
    const { commandOfPlugin } = await import('./plugins/command-of-plugin.ts')
    const plugin = await commandOfPlugin(session, args, words)
    if (plugin) return await plugin()
  }
  session[stream].write(await helpFor(words))
  return 0
}

async function runEntry(session: Session, entry: Entry, name: string, args: string[]): Promise<number> {
  const { command } = await entry.load()
  const commandPath = `berth ${name}`
  const line = parseCommand(command, commandPath, args)
  for (const notice of line.notices) session.print(notice)
  if (line.help || line.values['help'] === true) return showHelp(session, name.split(' '), 'stdout')
  checkOperands(command, commandPath, line.operands)
  const exitCode = await command.run({
    flags: line.values as never,
    given: flag => line.changed.has(flag),
    written: flag => line.written.has(flag),
    operands: line.operands,
    session,
    commandPath,
  })
  return exitCode ?? 0
}

function parseCommand(command: Command, commandPath: string, args: string[]) {
  try {
    return parseLine(command.flags, args, { interspersed: command.interspersed ?? true })
  } catch (failure) {
    throw usageFailure(failure, commandPath, command.usage)
  }
}

/** Tells what went wrong, with the next step where it is known, and says which exit code follows. */
async function report(session: Session, failure: unknown): Promise<number> {
  if (isBrokenPipe(failure)) return BROKEN_PIPE_EXIT
  await session.stdout.flush()
  const message = failure instanceof Error ? failure.message : String(failure)
  if (message !== '') session.tell(message + hintOf(failure))
  if (session.globals.debug && failure instanceof Error && failure.stack) session.tell(failure.stack)
  await session.flush()
  return failure instanceof CommandFailure ? failure.exitCode : failure instanceof CommandLineError ? 125 : 1
}

const hintOf = (failure: unknown): string => {
  const hint = failure instanceof Error && 'hint' in failure ? failure.hint : undefined
  return typeof hint === 'string' ? `\n${hint}` : ''
}

const isBrokenPipe = (failure: unknown): boolean =>
  failure instanceof Error && 'code' in failure && failure.code === 'EPIPE' && !('status' in failure)
