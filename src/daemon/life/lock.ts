import { ftruncateSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type LockedFile, lockFile } from '../../host/syscalls/flock.ts'
import { daemonFaults } from './faults.ts'

const NAME = 'lock'

/** Makes this process the one daemon of the data directory. The file tells others who it is; the lock itself is the kernel's. */
export function lockDataRoot(dataRoot: string): LockedFile {
  const lock = lockFile(join(dataRoot, NAME))
  if (!lock) throw daemonFaults.RUNNING(dataRoot, holderOf(dataRoot) ?? '?')
  ftruncateSync(lock.descriptor)
  writeSync(lock.descriptor, `${process.pid}\n`, 0)
  return lock
}

/** The process id of the daemon that has this directory now; undefined if none has. */
export function runningDaemon(dataRoot: string): string | undefined {
  try {
    const lock = lockFile(join(dataRoot, NAME))
    lock?.close()
    return lock ? undefined : (holderOf(dataRoot) ?? '?')
  } catch (failure) {
    if ((failure as { code?: string }).code === 'ENOENT') return undefined
    throw failure
  }
}

function holderOf(dataRoot: string): string | undefined {
  return /^\d+/.exec(readFileSync(join(dataRoot, NAME), 'latin1'))?.[0]
}
