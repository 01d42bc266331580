import { join } from 'node:path'
import { newId } from '../../base/ids.ts'

/** A network namespace for one container. Docker's names: the id is 64 hex characters, the key is a file named by the first 12. */
export type Sandbox = { id: string; name: string; path: string }
/** One with an interface on a bridge. Numbers as in formats/addresses. */
export type BridgedSandbox = Sandbox & { link: string; address: number; mac: string }

export function newSandbox(directory: string): Sandbox {
  const id = newId()
  const name = id.slice(0, 12)
  return { id, name, path: join(directory, name) }
}

/** The host's end: unique on the machine, since no two networks share an address. At most 15 characters (IFNAMSIZ). */
export const linkOf = (prefix: string, address: number): string => `${prefix}${address.toString(16).padStart(8, '0')}`
export const addressOfLink = (prefix: string, link: string): number => Number.parseInt(link.slice(prefix.length), 16)
