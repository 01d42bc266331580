import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from '../../host/syscalls/lock.ts'
import { daemonFaults } from './faults.ts'

const pathIn = (dataRoot: string): string => join(dataRoot, 'lock')

/** Makes this process the one daemon of the data directory. The file tells others who it is; the lock itself is the kernel's. */
export function lockDataRoot(dataRoot: string): Disposable {
  const lock = tryLock(pathIn(dataRoot))
  if (!lock) throw daemonFaults.RUNNING(dataRoot, holderOf(dataRoot) ?? '?')
  writeFileSync(pathIn(dataRoot), `${process.pid}\n`)
  return lock
}

/** The process id of the daemon that has this directory now; undefined if none has. */
export function runningDaemon(dataRoot: string): string | undefined {
  if (!existsSync(pathIn(dataRoot))) return undefined
  const lock = tryLock(pathIn(dataRoot))
  lock?.[Symbol.dispose]()
  return lock ? undefined : (holderOf(dataRoot) ?? '?')
}

const holderOf = (dataRoot: string): string | undefined => /^\d+/.exec(readFileSync(pathIn(dataRoot), 'latin1'))?.[0]
