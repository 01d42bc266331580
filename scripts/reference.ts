/** Writes docs/reference from the tables of the code. `--check` only says what differs (scripts/reference.test.ts calls that). */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NOT_IMPLEMENTED } from '../src/api/engine/not-implemented.ts'
import { SWAGGER_OPERATIONS } from '../src/api/engine/swagger-operations.table.ts'
import { notImplemented } from '../src/cli/not-implemented.ts'
import { NOT_YET, OPTIONS } from '../src/daemon/config/options.table.ts'

const FOLDER = join(import.meta.dir, '../docs/reference')

type Row = string[]
const table = (head: Row, rows: Row[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')

function configuration(): string {
  const options = Object.entries(OPTIONS) as [
    string,
    { help: string; expects: string; flagName?: string; default?: string | number; flagOnly?: boolean },
  ][]
  const rows = options.map(([key, { help, expects, flagName, default: byDefault, flagOnly }]) => [
    `\`--${flagName ?? key}\``,
    flagOnly ? '' : `\`${key}\``,
    expects,
    byDefault === undefined ? '' : String(byDefault),
    help,
  ])
  return `# Configuration of the daemon
Flags of \`berth daemon\`, and keys of \`/etc/berth/daemon.json\`. A value that stands in both places and differs is refused. \`berth daemon --validate\` checks and ends.

${table(['flag', 'key', 'value', 'default', 'what it sets'], rows)}

## Known to dockerd, and not here yet
These are refused by name: ${NOT_YET.map(name => `\`${name}\``).join(', ')}.
`
}

function operations(): string {
  const rows = SWAGGER_OPERATIONS.map(([id, method, path]) => [
    `\`${method} ${path}\``,
    id,
    Object.hasOwn(NOT_IMPLEMENTED, id) ? 'not yet' : 'yes',
  ])
  const there = rows.filter(row => row[2] === 'yes').length
  return `# Operations of the Engine API
${there} of ${rows.length}. Versions 1.24 to 1.55 are accepted; a client without a version gets the newest.

${table(['operation', 'name', 'implemented'], rows)}
`
}

function missing(): string {
  const doors = Object.entries(NOT_IMPLEMENTED).map(([id, reason]) => [id, reason])
  const commands = Object.entries(notImplemented).map(([group, names]) => [group || '(top level)', names.join(', ')])
  return `# Not implemented yet
Each answers so, by name: the API with status 501, the command line with exit code 1.

## Operations of the API
${table(['operation', 'why'], doors)}

## Commands
${table(['group', 'commands'], commands)}
`
}

const PAGES: Record<string, () => string> = {
  'configuration.md': configuration,
  'operations.md': operations,
  'not-implemented.md': missing,
}

/** The pages whose text on disk is not what the code says. */
export function outdated(): string[] {
  return Object.entries(PAGES).flatMap(([name, write]) => (read(join(FOLDER, name)) === write() ? [] : [name]))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

if (import.meta.main) for (const [name, write] of Object.entries(PAGES)) writeFileSync(join(FOLDER, name), write())
