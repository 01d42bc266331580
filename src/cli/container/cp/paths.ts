import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { CommandFailure } from '../../failures.ts'
import { fileFailure } from '../create-body.ts'

/**
 * docker's rules of what is copied to where. A path that ends in `/` says that it is a directory; one that ends in `/.`
 * stands for the content of a directory. Source: moby/go-archive copy.go.
 */
export type CopyEnd = {
  path: string
  exists: boolean
  isDirectory: boolean
  /** The name that the user knew it by, where following a link has led to another. */
  rebaseName: string
}

const MAX_LINKS = 10
const isCurrent = (path: string): boolean => posix.basename(path) === '.' || path === ''
const endsInSlash = (path: string): boolean => path.endsWith('/')
const clean = (path: string): string => posix.normalize(path).replace(/(.)\/$/, '$1') || '.'

/** Directory and last name of a path; a `.` at its end stays the last name. */
export function splitPath(path: string): { directory: string; base: string } {
  if (/(^|\/)\.$/.test(path)) return { directory: clean(path.slice(0, -1) || '.'), base: '.' }
  const whole = clean(path)
  return { directory: posix.dirname(whole), base: posix.basename(whole) || '/' }
}

/** An absolute path that still ends as the given one does. */
export function absolutePath(given: string): string {
  const path = resolve(given)
  if (/(^|\/)\.$/.test(given)) return path.endsWith('/') ? `${path}.` : `${path}/.`
  return endsInSlash(given) && !endsInSlash(path) ? `${path}/` : path
}

/** `CONTAINER:PATH`, or a path here: absolute, beginning with a dot, or without a colon. */
export function splitOperand(text: string): { container: string; path: string } {
  const at = text.indexOf(':')
  if (text.startsWith('/') || at < 0 || text.slice(0, at).startsWith('.')) return { container: '', path: text }
  return { container: text.slice(0, at), path: text.slice(at + 1) }
}

export function rebaseNameOf(path: string, resolved: string): { path: string; rebaseName: string } {
  let target = resolved
  if (isCurrent(path) && !isCurrent(target)) target += '/.'
  if (endsInSlash(path) && !endsInSlash(target)) target += '/'
  const base = posix.basename(clean(path))
  const isRenamed = base !== posix.basename(clean(target)) && base !== '.'
  return { path: target, rebaseName: isRenamed ? base : '' }
}

/** What is to be copied from here. Throws with Go's words where it is not there. */
export function localSource(path: string, followLink: boolean): CopyEnd {
  const { path: resolved, rebaseName } = followLink ? rebaseNameOf(path, realPath(path)) : besideItsRealParent(path)
  const status = attempt('lstat', resolved, () => lstatSync(resolved))
  return { path: resolved, exists: true, isDirectory: status.isDirectory(), rebaseName }
}

function besideItsRealParent(path: string): { path: string; rebaseName: string } {
  const at = path.lastIndexOf('/') + 1
  const parent = realPath(path.slice(0, at) || '.')
  const resolved = `${parent === '/' ? '' : parent}/${path.slice(at)}`
  const base = posix.basename(path)
  return { path: resolved, rebaseName: endsInSlash(path) && base !== posix.basename(resolved) ? base : '' }
}

const realPath = (path: string): string => attempt('lstat', path, () => realpathSync(path))

function attempt<T>(call: string, path: string, work: () => T): T {
  try {
    return work()
  } catch (failure) {
    throw fileFailure(call, path, failure)
  }
}

/** Where it goes to here. The place may be free, its directory has to be there. A link leads to what it points to. */
export function localDestination(given: string): CopyEnd {
  let path = given
  let status = statusOf(path)
  for (let links = 0; status?.isSymbolicLink(); links++) {
    if (links > MAX_LINKS) throw new CommandFailure(`too many symlinks in ${given}`)
    const target = readlinkSync(path.replace(/\/+$/, ''))
    path = target.startsWith('/') ? target : posix.join(splitPath(path).directory, target)
    status = statusOf(path)
  }
  if (status) return { path, exists: true, isDirectory: status.isDirectory(), rebaseName: '' }
  const { directory } = splitPath(path)
  if (!attempt('stat', directory, () => statSync(directory)).isDirectory()) throw new CommandFailure('not a directory')
  return { path, exists: false, isDirectory: false, rebaseName: '' }
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileFailure('lstat', path, failure)
  }
}

export function checkOutputPath(path: string): void {
  const directory = posix.dirname(clean(path))
  if (directory !== '.' && directory !== '' && !statusFollowed(directory)) {
    throw new CommandFailure(`invalid output path: directory ${JSON.stringify(directory)} does not exist`)
  }
  const status = statusFollowed(path)
  if (status?.isBlockDevice() || status?.isCharacterDevice()) throw irregular(path, 'got a device')
  if (status && !status.isDirectory() && !status.isFile()) throw irregular(path, 'got an irregular file')
}

const irregular = (path: string, what: string): CommandFailure =>
  new CommandFailure(`invalid output path: ${JSON.stringify(path)} must be a directory or a regular file: ${what}`)

function statusFollowed(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

export type Plan = {
  /** The directory in which the archive is unpacked. */
  directory: string
  /** The first part of the names in the archive, before and after. */
  rename?: { from: string; to: string }
}

/** How the archive of `source` has to be changed, and where it has to be unpacked, to come out at `destination`. */
export function planCopy(source: CopyEnd, destination: CopyEnd): Plan {
  const { directory, base } = splitPath(destination.path)
  const from = source.rebaseName || splitPath(source.path).base
  if (destination.exists && destination.isDirectory) return { directory: destination.path }
  if (destination.exists && source.isDirectory) throw new CommandFailure('cannot copy directory')
  const saysDirectory = endsInSlash(destination.path) || isCurrent(destination.path)
  if (!destination.exists && !source.isDirectory && saysDirectory) {
    throw new CommandFailure('no such directory')
  }
  return { directory, rename: { from, to: base } }
}
