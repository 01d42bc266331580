import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { attributeOf } from '../../../host/syscalls/attributes.ts'
import { O_PATH } from '../../../host/syscalls/tree.ts'
import { type RootFiles, readOpened } from './root-files.ts'

/**
 * A root that is not mounted: its layers as overlayfs stacks them, topmost first. Nothing may write to them meanwhile, so
 * only for a container that does not run. Links are followed inside the stack, as the container would.
 */
export function layeredRoot(layers: readonly string[]): LayeredRoot {
  return {
    readText(path) {
      const found = walk(layers, path)
      return found?.kind === 'leaf' ? readLeaf(found.path, path) : ''
    },
    directoryAt(path) {
      const found = walk(layers, path)
      if (found?.kind !== 'directory') return undefined
      const { mode, uid, gid } = lstatSync(found.layers[0]!)
      const isEmpty = found.layers.every(directory => readdirSync(directory).length === 0)
      return { mode: mode & 0o7777, uid, gid, isEmpty }
    },
    resolve: path => resolve(layers, path),
  }
}

export type LayeredRoot = RootFiles & {
  /** Whose the directory at the path is; undefined if there is none. One with only whiteouts in it does not count as empty. */
  directoryAt(path: string): { mode: number; uid: number; gid: number; isEmpty: boolean } | undefined
  /** Where the path leads, links followed as far as there is something; `kind` says what is there. */
  resolve(path: string): { path: string; kind: 'directory' | 'leaf' | 'nothing' }
}

/** A directory is what several layers say of it together, topmost first; a leaf is in one layer. */
type Found = { kind: 'directory'; layers: string[] } | { kind: 'leaf'; path: string; status: Stats }

const MOST_LINKS = 40
const OPAQUE = 'trusted.overlay.opaque'

function walk(layers: readonly string[], path: string): Found | undefined {
  const root: Found = { kind: 'directory', layers: [...layers] }
  const trail: Found[] = [root]
  const ahead = split(path)
  for (let links = 0; ahead.length > 0; ) {
    const name = ahead.shift()!
    if (name === '..') {
      if (trail.length > 1) trail.pop()
      continue
    }
    const here = trail.at(-1)!
    const next = here.kind === 'directory' ? childOf(here.layers, name) : undefined
    if (!next) return undefined
    if (next.kind === 'leaf' && next.status.isSymbolicLink()) {
      if (++links > MOST_LINKS) return undefined
      const target = readlinkSync(next.path)
      if (target.startsWith('/')) trail.length = 1
      ahead.unshift(...split(target))
    } else trail.push(next)
  }
  return trail.at(-1)
}

function resolve(layers: readonly string[], path: string): ReturnType<LayeredRoot['resolve']> {
  const done: string[] = []
  const ahead = split(path)
  let kind: 'directory' | 'leaf' | 'nothing' = 'directory'
  for (let links = 0; ahead.length > 0; ) {
    const name = ahead.shift()!
    if (name === '..') {
      done.pop()
      kind = 'directory'
      continue
    }
    const above: Found | undefined = kind === 'directory' ? walk(layers, done.join('/')) : undefined
    const found: Found | undefined = above?.kind === 'directory' ? childOf(above.layers, name) : undefined
    if (found?.kind === 'leaf' && found.status.isSymbolicLink() && ++links <= MOST_LINKS) {
      const target = readlinkSync(found.path)
      if (target.startsWith('/')) done.length = 0
      ahead.unshift(...split(target))
      kind = 'directory'
    } else {
      done.push(name)
      kind = found?.kind ?? 'nothing'
    }
  }
  return { path: `/${done.join('/')}`, kind }
}

const split = (path: string): string[] => path.split('/').filter(part => part !== '' && part !== '.')

/** Layers below a whiteout, a file or an opaque directory are hidden. */
function childOf(layers: string[], name: string): Found | undefined {
  const directories: string[] = []
  for (const layer of layers) {
    const path = `${layer}/${name}`
    const status = lstatSync(path, { throwIfNoEntry: false })
    if (!status) continue
    if (status.isDirectory()) directories.push(path)
    else if (directories.length === 0 && !isWhiteout(status)) return { kind: 'leaf', path, status }
    if (!status.isDirectory() || isOpaque(layer, name)) break
  }
  return directories.length > 0 ? { kind: 'directory', layers: directories } : undefined
}

const isWhiteout = (status: Stats): boolean => status.isCharacterDevice() && status.rdev === 0

function isOpaque(layer: string, name: string): boolean {
  const directory = openSync(layer, O_PATH | constants.O_DIRECTORY)
  try {
    return attributeOf(directory, name, OPAQUE)?.[0] === 'y'.charCodeAt(0)
  } finally {
    closeSync(directory)
  }
}

function readLeaf(path: string, shownAs: string): string {
  const found = openSync(path, O_PATH | constants.O_NOFOLLOW)
  try {
    return readOpened(found, shownAs)
  } finally {
    closeSync(found)
  }
}
