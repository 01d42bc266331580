import { readdir, readFile, readlink, realpath } from 'node:fs/promises'

/** A process by its id, with its arguments. */
export type FoundProcess = { pid: number; program: string; args: string[] }

const DELETED = / \(deleted\)$/

/** The processes of this machine whose program lies in the directory; also those whose file is gone since. */
export async function programsBelow(directory: string): Promise<FoundProcess[]> {
  const real = await realpath(directory).catch(() => directory)
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(pid => look(pid, real)))
  return found.filter(one => one !== undefined)
}

async function look(pid: number, directory: string): Promise<FoundProcess | undefined> {
  try {
    const program = (await readlink(`/proc/${pid}/exe`)).replace(DELETED, '')
    if (!program.startsWith(`${directory}/`)) return undefined
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(1, -1)
    return { pid, program, args }
  } catch {
    // It has ended meanwhile, or belongs to the kernel.
    return undefined
  }
}
