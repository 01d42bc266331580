import type { SourceContent, SourcesAndDestination } from '../dockerfile.ts'
import { chompTabs, type HeredocWord, parseHeredocWord } from '../heredoc.ts'
import type { RawInstruction } from '../reader.ts'
import { parseStringArray, splitFields } from '../split.ts'
import { faultIn } from './fault.ts'
import { readFlags } from './flags.ts'

export function readAdd(raw: RawInstruction) {
  const words = readWords(raw)
  const flags = readFlags(raw, {
    chown: 'text',
    chmod: 'text',
    link: 'boolean',
    'keep-git-dir': 'boolean',
    checksum: 'text',
    unpack: 'boolean',
    exclude: 'list',
  })
  return {
    kind: 'add' as const,
    ...sourcesOf(raw, words),
    chown: flags.text('chown'),
    chmod: flags.text('chmod'),
    link: flags.boolean('link') ?? false,
    exclude: flags.list('exclude'),
    keepGitDir: flags.boolean('keep-git-dir'),
    checksum: flags.text('checksum'),
    unpack: flags.boolean('unpack'),
  }
}

export function readCopy(raw: RawInstruction) {
  const words = readWords(raw)
  const flags = readFlags(raw, {
    chown: 'text',
    from: 'text',
    chmod: 'text',
    link: 'boolean',
    exclude: 'list',
    parents: 'boolean',
  })
  return {
    kind: 'copy' as const,
    ...sourcesOf(raw, words),
    from: flags.text('from') || undefined,
    chown: flags.text('chown'),
    chmod: flags.text('chmod'),
    link: flags.boolean('link') ?? false,
    exclude: flags.list('exclude'),
    parents: flags.boolean('parents') ?? false,
  }
}

function readWords(raw: RawInstruction): string[] {
  const words = readList(raw)
  if (words.length >= 2) return words
  const name = raw.keyword.text.toUpperCase()
  const reason = `${name} requires at least two arguments, but only one was provided. Destination could not be determined`
  throw faultIn(raw, reason, undefined, `${name} SOURCE... DESTINATION`)
}

/** A JSON array, or fields parted at blanks. */
export function readList(raw: RawInstruction): string[] {
  const values = parseStringArray(raw.rest.text)
  if (values === 'mixed') {
    throw faultIn(raw, 'when using JSON array syntax, arrays must be comprised of strings only', raw.rest)
  }
  return values ?? splitFields(raw.rest).map(({ text }) => text)
}

function sourcesOf(raw: RawInstruction, words: string[]): SourcesAndDestination {
  const destination = words.at(-1)!
  const given = words.slice(0, -1).map(word => ({ word, heredoc: heredocOf(word) }))
  if (heredocOf(destination)) {
    throw faultIn(raw, `${raw.keyword.text.toUpperCase()} cannot accept a heredoc as a destination`)
  }
  return {
    sources: given.flatMap(({ word, heredoc }) => (heredoc ? [] : [word])),
    contents: given.flatMap(({ heredoc }) => (heredoc ? [contentOf(raw, heredoc)] : [])),
    destination,
  }
}

function contentOf(raw: RawInstruction, { name, chomp, expand }: HeredocWord): SourceContent {
  const content = raw.heredocs.findLast(heredoc => heredoc.name === name)?.content ?? ''
  return { path: name, data: chomp ? chompTabs(content) : content, expand }
}

function heredocOf(word: string): HeredocWord | undefined {
  try {
    return parseHeredocWord(word)
  } catch {
    return undefined
  }
}
