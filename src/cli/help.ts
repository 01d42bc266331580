import { flagUsages } from '../formats/command-line/usage.ts'
import type { Command } from './command.ts'
import { type Entry, entries, findCommand, groups } from './commands.table.ts'
import { CommandFailure } from './failures.ts'
import { globalFlags } from './global-flags.ts'
import { allUsage } from './grammar.ts'
import { notImplementedGroup, refuseUnimplemented } from './not-implemented.ts'
import { isTerminal } from './output.ts'
import type { Plugin } from './plugins/plugin.ts'

const NAME_WIDTH = 11

/** The help page of a command, a group, or (no words) of the program. Throws where the words name nothing. */
export async function helpFor(words: string[], columns = terminalColumns(), plugins: Plugin[] = []): Promise<string> {
  if (words.length === 0) return rootHelp(columns, plugins)
  const found = findCommand(words)
  if (found.kind === 'command' && found.rest.every(word => word.startsWith('-'))) {
    const { command } = await found.entry.load()
    return commandHelp(found.entry, command, `berth ${found.name}`, columns)
  }
  if (found.kind === 'group' && found.rest.length === 0 && found.group.name !== 'daemon') return groupHelp(found.group)
  refuseUnimplemented(words)
  const rest = found.kind === 'none' ? words : found.rest
  throw new CommandFailure(`unknown help topic: ${rest.join(' ')}`)
}

export function commandHelp(entry: Entry, command: Command, path: string, columns: number): string {
  const blocks = [`Usage:  ${allUsage(command, path)}`, command.long ?? entry.short]
  const aliases = aliasNames(entry)
  if (aliases.length > 1) blocks.push(`Aliases:\n  ${aliases.join(', ')}`)
  const flags = flagUsages(command.flags, columns - 1)
  if (flags) blocks.push(`Options:\n${flags}`)
  return `${blocks.join('\n\n')}\n`
}

/** All names of a command as it is typed, the top-level one last. */
export function aliasNames({ path, aliases = [], top }: Entry): string[] {
  const owner = path.includes(' ') ? `${path.split(' ')[0]} ` : ''
  return [path, ...aliases.map(alias => owner + alias), ...(top ? [top] : [])].map(name => `berth ${name}`)
}

function groupHelp({ name, short }: { name: string; short: string }): string {
  const commands = entries.filter(({ path, hidden }) => !hidden && path.startsWith(`${name} `))
  const rows = commands.map(({ path, short }) => ({ name: path.slice(name.length + 1), short }))
  const missing = notImplementedGroup(name)
  const note = missing.length > 0 ? `\n\nNot implemented yet: ${missing.join(', ')}` : ''
  return `Usage:  berth ${name} COMMAND\n\n${short}\n\nCommands:\n${table(rows)}${note}\n\nRun 'berth ${name} COMMAND --help' for more information on a command.\n`
}

function rootHelp(columns: number, plugins: Plugin[]): string {
  const shown = entries.filter(({ hidden, top, path }) => !hidden && (top !== undefined || !path.includes(' ')))
  const rows = (list: Entry[]) => list.map(({ top, path, short }) => ({ name: top ?? path, short }))
  const common = shown.filter(entry => entry.common).toSorted((left, right) => left.common! - right.common!)
  return `${[
    'Usage:  berth [OPTIONS] COMMAND',
    'A self-sufficient runtime for containers',
    `Common Commands:\n${unsorted(rows(common))}`,
    `Management Commands:\n${table([...groups.filter(({ name }) => !isPlugin(plugins, name)), ...pluginRows(plugins)])}`,
    `Commands:\n${table(rows(shown.filter(entry => !entry.common)))}`,
    ...faultyPlugins(plugins),
    `Global Options:\n${flagUsages(globalFlags, columns - 1)}`,
    "Run 'berth COMMAND --help' for more information on a command.",
  ].join('\n\n')}\n`
}

const isPlugin = (plugins: Plugin[], name: string): boolean => plugins.some(plugin => plugin.name === name)

/** docker marks what is not its own by a star. */
const pluginRows = (plugins: Plugin[]): Row[] =>
  plugins.flatMap(({ name, metadata }) =>
    metadata ? [{ name: `${name}*`, short: metadata.ShortDescription ?? '' }] : [],
  )

function faultyPlugins(plugins: Plugin[]): string[] {
  const faulty = plugins.flatMap(({ name, fault }) => (fault === undefined ? [] : [{ name, short: fault }]))
  return faulty.length > 0 ? [`Invalid Plugins:\n${table(faulty)}`] : []
}

type Row = { name: string; short: string }
const unsorted = (rows: Row[]): string =>
  rows.map(({ name, short }) => `  ${name.padEnd(NAME_WIDTH)} ${short}`).join('\n')
const table = (rows: Row[]): string => unsorted(rows.toSorted((left, right) => (left.name < right.name ? -1 : 1)))

/** docker wraps its help to the width of the terminal on standard input, 80 without one. */
function terminalColumns(): number {
  if (!isTerminal(0)) return 80
  return process.stdout.columns || process.stderr.columns || 80
}
