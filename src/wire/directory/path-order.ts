import { directoryFaults } from './faults.ts'

const PATH_BYTES = 4096

/**
 * Paths of a tree have to come as a walk gives them: clean, relative, each directory before what is in it, names of one
 * directory in order. Whoever sends others lies, and is refused at the first (`..`, absolute paths, a path below a link).
 */
export class PathOrder {
  /** The directories on the way to the last path, each with the last name that came in it. */
  #way: { path: string; last: string }[] = [{ path: '', last: '' }]

  check(path: string, isDirectory: boolean): void {
    const name = nameOf(path)
    const parent = path.slice(0, Math.max(0, path.length - name.length - 1))
    while (this.#way.length > 1 && this.#way.at(-1)!.path !== parent) this.#way.pop()
    const directory = this.#way.at(-1)!
    if (directory.path !== parent) throw directoryFaults.ORDER(path)
    if (directory.last !== '' && compareNames(name, directory.last) <= 0) throw directoryFaults.ORDER(path)
    directory.last = name
    if (isDirectory) this.#way.push({ path, last: '' })
  }
}

/** The last part of a path that is what it has to be. */
function nameOf(path: string): string {
  const parts = path.split('/')
  const isClean = parts.every(part => part !== '' && part !== '.' && part !== '..')
  if (!isClean || path.includes('\0') || Buffer.byteLength(path) > PATH_BYTES) throw directoryFaults.PATH(path)
  return parts.at(-1)!
}

/** By bytes, as the other side does. */
const compareNames = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
