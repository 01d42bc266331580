import { posix } from 'node:path'

/** One entry of HostConfig.Binds, or of `-v` once the CLI has made its source absolute: `source:/target[:mode]` or `/target`. */
export type BindSpec = {
  /** An absolute path is a bind, anything else the name of a volume, '' an anonymous volume. */
  source: string
  /** As written. */
  target: string
  /** As written, '' if none. */
  mode: string
  options: BindMode
}
export type BindMode = {
  readOnly: boolean
  /** '' if none is named. */
  propagation: Propagation | ''
  noCopy: boolean
  /** `z` or `Z`: SELinux relabelling. */
  label: string
}
export type Propagation = 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave'

/** A text that is no mount specification; the message is Docker's. */
export class MountSpecError extends Error {
  override readonly name = 'MountSpecError'
}

const PROPAGATIONS: readonly string[] = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']
const KINDS: readonly (readonly string[])[] = [
  ['ro', 'rw'],
  ['z', 'Z'],
  PROPAGATIONS,
  ['nocopy'],
  ['consistent', 'cached', 'delegated'],
]

export const isPropagation = (text: string): text is Propagation => PROPAGATIONS.includes(text)

/** Throws {@link MountSpecError}: `invalid volume specification: '…'` or `invalid mode: …`. Paths are not looked at yet. */
export function parseBind(raw: string): BindSpec {
  const parts = raw.split(':')
  if (parts[0] === '' || parts.length > 3) throw invalidSpec(raw)
  const [first, second, third] = parts as [string, string?, string?]
  if (second === undefined) return { source: '', target: first, mode: '', options: parseMode('') }
  if (third === undefined && isMode(second)) throw invalidSpec(raw)
  const mode = third ?? ''
  if (!isMode(mode)) throw new MountSpecError(`invalid mode: ${mode}`)
  return { source: first, target: second, mode, options: parseMode(mode) }
}

export const invalidSpec = (raw: string, reason?: string): MountSpecError =>
  new MountSpecError(`invalid volume specification: '${raw}'${reason === undefined ? '' : `: ${reason}`}`)

/** At most one word of each kind: ro/rw, z/Z, propagation, nocopy, consistency. */
export function isMode(mode: string): boolean {
  if (mode === '') return true
  const kinds = mode.split(',').map(word => KINDS.findIndex(kind => kind.includes(word)))
  return !kinds.includes(-1) && new Set(kinds).size === kinds.length
}

function parseMode(mode: string): BindMode {
  const words = mode.split(',')
  return {
    readOnly: words.includes('ro'),
    propagation: words.find(isPropagation) ?? '',
    noCopy: words.includes('nocopy'),
    label: words.find(word => word === 'z' || word === 'Z') ?? '',
  }
}

/** `container[:ro|rw|z|Z]` of --volumes-from. Throws {@link MountSpecError}. */
export function parseVolumesFrom(text: string): { container: string; readOnly: boolean } {
  if (text === '') throw new MountSpecError('volumes-from specification cannot be an empty string')
  const at = text.indexOf(':')
  const mode = at < 0 ? '' : text.slice(at + 1)
  const options = parseMode(mode)
  if (!isMode(mode) || options.propagation || options.noCopy) throw new MountSpecError(`invalid mode: ${mode}`)
  return { container: at < 0 ? text : text.slice(0, at), readOnly: options.readOnly }
}

/** What is wrong with a path in a container as the place of a mount, in Docker's words; undefined if nothing. */
export function targetComplaint(target: string): string | undefined {
  if (posix.normalize(target.replaceAll('\\', '/')).replace(/(.)\/$/, '$1') === '/') {
    return "invalid specification: destination can't be '/'"
  }
  return target.startsWith('/') ? undefined : `invalid mount path: '${target}' mount path must be absolute`
}

/** Absolute, without `..`, `.`, doubled or trailing slashes. `..` does not lead above `/`. */
export const cleanPath = (path: string): string => posix.normalize(`/${path}`).replace(/(.)\/$/, '$1')

/** Go's filepath.IsLocal: stays below the directory that it is relative to, and is not empty. */
export function isLocalPath(path: string): boolean {
  if (path === '' || path.startsWith('/')) return false
  const clean = posix.normalize(path)
  return clean !== '..' && !clean.startsWith('../')
}
