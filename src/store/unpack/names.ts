import { type ByteText, plainText } from '../../host/syscalls/bytes.ts'
import { unpackFaults } from './faults.ts'

/** The path of a member below the root, without `.`, `..` and doubled slashes; '' is the root itself. One that leads out by `..` is refused. */
export function cleanPath(name: ByteText): ByteText {
  if (!UNCLEAN.test(name)) return name
  const parts: ByteText[] = []
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) throw unpackFaults.ESCAPES(plainText(name))
  }
  return parts.join('/')
}

/** Anything that a clean relative path has not. */
const UNCLEAN = /^$|^\/|\/$|\/\/|(^|\/)\.\.?(\/|$)/

export type Split = { parent: ByteText; base: ByteText }

/** A clean path that is not the root, as directory and last component. */
export function splitPath(path: ByteText): Split {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? { parent: '', base: path } : { parent: path.slice(0, slash), base: path.slice(slash + 1) }
}
