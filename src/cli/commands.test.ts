import { describe, expect, test } from 'bun:test'
import { entries, findCommand, groups } from './commands.table.ts'
import { dockerCommands } from './docker-commands.ts'
import { helpFor } from './help.ts'
import { notImplemented, refuseUnimplemented } from './not-implemented.ts'

const ours = entries.flatMap(({ path, top }) => (top ? [path, top] : [path]))
const missing = Object.entries(notImplemented).flatMap(([group, words]) =>
  words.map(word => (group === '' ? word : `${group} ${word}`)),
)
/** Commands of ours that docker does not list, and parts of a plugin that docker lists as a whole. */
const OWN = [
  'completion',
  'system doctor',
  'builder du',
  'builder history ls',
  'builder history logs',
  'builder history inspect',
  'builder history rm',
  'buildx history ls',
  'buildx history logs',
  'buildx history inspect',
  'buildx history rm',
  'buildx build',
  'buildx du',
  'buildx prune',
  'trust inspect',
  'trust key',
  'trust revoke',
  'trust sign',
  'trust signer',
]

describe("docker's commands are a closed world", () => {
  test('each is there, or said to be missing, and not both', () => {
    const known = [...ours, ...missing, 'trust', 'buildx']
    expect(dockerCommands.filter(name => !known.includes(name))).toEqual([])
    expect(missing.filter(name => ours.includes(name))).toEqual([])
    expect([...ours, ...missing].filter(name => !dockerCommands.includes(name) && !OWN.includes(name))).toEqual([])
  })

  test('each that is missing is refused by its name, also with flags behind it', () => {
    for (const name of missing) {
      const words = [...name.split(' '), '--help']
      expect(findCommand(words).kind).not.toBe('command')
      expect(() => refuseUnimplemented(words)).toThrow(/^berth: 'berth [a-z -]+' is not implemented yet$/)
    }
  })

  test('each that is there can be loaded, has a help page, and a name that finds it', async () => {
    for (const entry of entries) {
      const { command } = await entry.load()
      expect(typeof command.run).toBe('function')
      for (const name of [entry.path, ...(entry.top ? [entry.top] : [])]) {
        expect(findCommand(name.split(' '))).toMatchObject({ kind: 'command', entry: { path: entry.path } })
        expect(await helpFor(name.split(' '), 80)).toStartWith(`Usage:  berth ${name}`)
      }
    }
    for (const { name } of groups.filter(({ name }) => name !== 'daemon')) {
      expect(await helpFor([name], 80)).toContain(`Usage:  berth ${name} COMMAND`)
    }
  })

  test('no short flag stands for two, and every alias for a flag that is there', async () => {
    for (const entry of entries) {
      const { flags } = (await entry.load()).command
      const shorts = Object.values(flags).flatMap(({ short }) => short ?? [])
      expect([entry.path, new Set(shorts).size]).toEqual([entry.path, shorts.length])
      for (const { aliasOf } of Object.values(flags)) if (aliasOf) expect(Object.keys(flags)).toContain(aliasOf)
    }
  })
})

test('names that every object has are no commands', () => {
  for (const word of ['constructor', '__proto__', 'toString']) {
    expect(findCommand([word])).toEqual({ kind: 'none' })
    expect(() => refuseUnimplemented([word, word])).not.toThrow()
  }
})
