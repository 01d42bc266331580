/**
 * The floors of the house. A file may import from its own room and from the rooms that its row names, types included.
 * A file that no row covers is an error (test/architecture/floors.test.ts). ARCHITECTURE.md has the picture.
 */
export type Room = {
  /** A folder below the root of the repository; the longest match wins. */
  path: string
  /** Rooms that it may import besides its own. */
  mayUse: string[]
  /** May start programs, call the kernel through bun:ffi, or read the environment. */
  may?: ('process' | 'ffi' | 'environment')[]
}

const base = ['src/base']
const formats = [...base, 'src/formats']
const host = [...formats, 'src/host']
const store = [...host, 'src/store']

/** The nouns of the engine, in the order in which they may know each other: each those before it. */
const nouns = [
  'events',
  'logs',
  'volumes',
  'networks',
  'images',
  'containers',
  'exec',
  'health',
  'stats',
  'build',
  'system',
]
const engineRooms: Room[] = nouns.map((noun, place) => ({
  path: `src/engine/${noun}`,
  mayUse: [...store, ...nouns.slice(0, place).map(earlier => `src/engine/${earlier}`)],
}))
const engine = [...store, 'src/engine']

export const floors: Room[] = [
  { path: 'src/base', mayUse: [] },
  { path: 'src/formats', mayUse: formats },
  { path: 'src/host', mayUse: [...host, 'dist/native'], may: ['process', 'ffi'] },
  { path: 'src/store', mayUse: store },
  { path: 'src/wire', mayUse: [...formats, 'src/wire'] },
  ...engineRooms,
  { path: 'src/api', mayUse: [...engine, 'src/wire', 'src/api'] },
  { path: 'src/daemon', mayUse: [...engine, 'src/api', 'src/daemon', 'package.json'] },
  { path: 'src/daemon/config', mayUse: formats, may: ['environment'] },
  { path: 'src/client', mayUse: [...formats, 'src/wire'] },
  { path: 'src/cli', mayUse: [...formats, 'src/wire', 'src/client', 'package.json'], may: ['environment', 'process'] },
  {
    path: 'src/main.ts',
    mayUse: ['src/cli', 'src/daemon', 'src/store', 'src/host', 'src/base', 'package.json'],
    may: ['environment'],
  },
  {
    path: 'test',
    mayUse: ['src', 'test', 'floors.ts', 'package.json', 'bench', 'scripts'],
    may: ['process', 'ffi', 'environment'],
  },
  { path: 'bench', mayUse: ['src', 'test/kit', 'bench', 'package.json'], may: ['process', 'environment'] },
  {
    path: 'scripts',
    mayUse: ['src', 'test/kit', 'scripts', 'package.json', 'floors.ts'],
    may: ['process', 'environment'],
  },
  { path: 'floors.ts', mayUse: [] },
]
