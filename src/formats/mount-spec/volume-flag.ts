import { posix } from 'node:path'
import { MountSpecError } from './bind.ts'

/** What `-v` means to the CLI: an anonymous volume goes into Config.Volumes, anything else into HostConfig.Binds. */
export type VolumeFlag = { kind: 'anonymous'; target: string } | { kind: 'bind'; bind: string }

/**
 * Reads `-v`. A source that begins with `.` is taken relative to `workingDirectory` (absolute). The daemon checks the rest:
 * what it gets is the text as written. Throws {@link MountSpecError} with the CLI's texts.
 */
export function parseVolumeFlag(text: string, workingDirectory: string): VolumeFlag {
  if (text === '') throw new MountSpecError('invalid empty volume spec')
  const parts = text.split(':')
  if (parts.some((part, index) => part === '' && index < 2)) {
    throw new MountSpecError(`invalid spec: ${text}: empty section between colons`)
  }
  if (parts.length > 3) throw new MountSpecError(`invalid spec: ${text}: too many colons`)
  if (parts.length === 1) return { kind: 'anonymous', target: text }
  const [source, ...rest] = parts as [string, ...string[]]
  return { kind: 'bind', bind: [absolute(source, workingDirectory), ...rest].join(':') }
}

const absolute = (source: string, directory: string): string =>
  source.startsWith('.') ? posix.join(directory, source).replace(/(.)\/$/, '$1') : source
