import { LaterLogFile } from './later-log-file.ts'
import type { LogFile } from './log-file.ts'
import { rotatedNames } from './log-names.ts'
import { openPackedFile, openPlainFile } from './open-log-file.ts'
import { isSameOrigin } from './packed-origin.ts'

/** So many of the newest files are held open while they wait to be read; a log may have thousands. */
const HELD_OPEN = 16
/** Rotation moves one name after the other: a name or two may be free for a moment. */
const MOST_FREE = 3

/** The newest file that was read: it is not opened again, whatever it is called meanwhile. */
export type Known = Pick<LogFile, 'inode' | 'origin'>

/**
 * The files of the log at `path` with what has been rotated away (`.1` is the newest of it), oldest first, down to but without
 * the `known` one. They are visited from the newest on. Rotation moves files on ahead of the visitor, so none is missed; those
 * that it brings in from behind come before the first file comes again, and are left for the next time.
 */
export async function openLogFiles(path: string, known?: Known): Promise<LogFile[]> {
  const visit = new Visit()
  const last = (await rotatedNames(path)).length
  for (let number = 0, free = 0; free < MOST_FREE || number <= last; number++) {
    const name = number === 0 ? path : `${path}.${number}`
    const found = visit.opened < HELD_OPEN ? await openBoth(name) : await findLater(path, name)
    free = found.length > 0 ? 0 : free + 1
    if (await visit.meet(found, known)) break
  }
  return visit.end()
}

/** What has been met, each file once, and the order since the first one was met for the last time: newest first. */
class Visit {
  readonly #all: LogFile[] = []
  #order: LogFile[] = []

  get opened(): number {
    return this.#all.length
  }

  /** True when the known file is reached. */
  async meet(found: LogFile[], known: Known | undefined): Promise<boolean> {
    for (const [place, file] of found.entries()) {
      if (known && (await isNotNewer(file, known))) {
        await closeAll(found.slice(place))
        return true
      }
      await this.#meet(file)
    }
    return false
  }

  async end(): Promise<LogFile[]> {
    await closeAll(this.#all.filter(file => !this.#order.includes(file)))
    return this.#order.toReversed()
  }

  async #meet(file: LogFile): Promise<void> {
    const before = await this.#find(file)
    if (before) await file.close()
    else this.#all.push(file)
    const met = before ?? file
    if (met === this.#all[0]) this.#order = []
    if (!this.#order.includes(met)) this.#order.push(met)
  }

  async #find(file: LogFile): Promise<LogFile | undefined> {
    for (const one of this.#all) if (await isSame(file, one)) return one
    return undefined
  }
}

const closeAll = async (files: LogFile[]): Promise<void> => {
  await Promise.all(files.map(file => file.close()))
}

/** What is at a name, newest first: while rotation moves on, a plain file and a packed one that is older may share a number. */
async function openBoth(name: string): Promise<LogFile[]> {
  const files = [await openPlainFile(name), await openPackedFile(name)]
  return files.filter(file => file !== undefined)
}

async function findLater(path: string, name: string): Promise<LogFile[]> {
  const file = await LaterLogFile.find(path, name)
  return file ? [file] : []
}

/** Also where one of them is what the other was packed to. */
async function isSame(one: LogFile, other: LogFile): Promise<boolean> {
  if (one.inode === other.inode) return true
  if (one.isPacked === other.isPacked) return false
  return isSameOrigin(await one.origin(), await other.origin())
}

/** The known file's time is asked for last: if it was packed, nobody writes it any more. */
async function isNotNewer(file: LogFile, known: Known): Promise<boolean> {
  if (file.inode === known.inode) return true
  if (!file.isPacked) return false
  const [its, knowns] = [await file.origin(), await known.origin()]
  return isSameOrigin(its, knowns) || its.modified < knowns.modified
}
