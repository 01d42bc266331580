import type { Room } from '../../floors.ts'
import type { Source } from './sources.ts'

const inside = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`)

/** The row that covers a path: the longest that matches. */
export function roomOf(path: string, floors: Room[]): Room | undefined {
  return floors.filter(room => inside(path, room.path)).toSorted((a, b) => b.path.length - a.path.length)[0]
}

const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.includes('/testing/')

/** What is wrong with one file, in sentences; nothing for a good one. */
export function complaintsAbout(source: Source, floors: Room[]): string[] {
  const room = roomOf(source.path, floors)
  if (!room) return [`${source.path}: no row of floors.ts covers it`]
  return [...importComplaints(source, room, floors), ...powerComplaints(source, room)]
}

function importComplaints(source: Source, room: Room, floors: Room[]): string[] {
  return source.imports
    .filter(name => /^(src|test|bench|scripts|dist)\/|^(floors\.ts|package\.json)$/.test(name))
    .filter(name => roomOf(name, floors)?.path !== room.path && !room.mayUse.some(allowed => inside(name, allowed)))
    .filter(name => !(isTest(source.path) && inside(name, 'test/kit')))
    .map(name => `${source.path} imports ${name}: ${room.path} may not use it (imports only go down)`)
}

const POWERS = [
  {
    power: 'process',
    pattern: /\bBun\.spawn|from 'node:child_process'|\bBun\.\$|import \{[^}]*\$[^}]*\} from 'bun'/,
    says: 'starts a program',
  },
  { power: 'ffi', pattern: /from 'bun:ffi'|import\('bun:ffi'\)/, says: 'calls the kernel' },
  { power: 'environment', pattern: /\bprocess\.env\b|\bBun\.env\b/, says: 'reads the environment' },
] as const

function powerComplaints(source: Source, room: Room): string[] {
  if (isTest(source.path)) return []
  return POWERS.filter(({ power, pattern }) => !room.may?.includes(power) && pattern.test(source.text)).map(
    ({ says }) => `${source.path} ${says}: ${room.path} may not`,
  )
}

/** Rings of files, each as the list of its files in order of import. */
export function findRings(sources: Source[]): string[][] {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports]))
  const done = new Set<string>()
  const rings: string[][] = []
  const visit = (path: string, trail: string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) rings.push(trail.slice(at))
    if (at >= 0 || done.has(path)) return
    for (const next of graph.get(path) ?? []) if (graph.has(next)) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return rings
}
