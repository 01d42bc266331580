import { entries, groups } from './commands.table.ts'
import { commandHelp, helpFor } from './help.ts'
import { notImplemented } from './not-implemented.ts'

const COLUMNS = 100

/**
 * The pages of docs/reference/cli by file name, made from the command table: an index and a page for each command.
 * `bun scripts/cli-reference.ts` writes them, a test says when they are out of date.
 */
export async function referencePages(): Promise<Map<string, string>> {
  const pages = new Map([['README.md', index()]])
  for (const entry of entries.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    const { command } = await entry.load()
    const name = `berth ${entry.top ?? entry.path}`
    const help = commandHelp(entry, command, name, COLUMNS)
    pages.set(fileOf(entry.path), `# ${name}\n\n\`\`\`text\n${help}\`\`\`\n`)
  }
  pages.set('berth.md', `# berth\n\n\`\`\`text\n${await helpFor([], COLUMNS)}\`\`\`\n`)
  return pages
}

const fileOf = (path: string): string => `${path.replaceAll(' ', '-')}.md`

function index(): string {
  const rows = entries
    .toSorted((left, right) => (left.path < right.path ? -1 : 1))
    .map(({ path, top, short }) => `| [${path}](${fileOf(path)}) | ${top ? `\`berth ${top}\`` : ''} | ${short} |`)
  const missing = Object.entries(notImplemented).map(
    ([group, words]) => `- ${group || 'top level'}: ${words.join(', ')}`,
  )
  return `# The command line

Made from the command table; [berth](berth.md) has the flags that stand before a command. \`berth daemon\` is described in
the guide to the daemon.

| command | also as | |
| --- | --- | --- |
${rows.join('\n')}

Groups: ${groups.map(({ name }) => name).join(', ')}.

## Commands of docker that are not there yet

${missing.join('\n')}
`
}
