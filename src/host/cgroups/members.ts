import { readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../syscalls/call.ts'
import { readControl, writeControl } from './files.ts'

/** The processes in a group and in those below it, by their numbers here. */
export async function membersBelow(directory: string): Promise<number[]> {
  const own = ((await readControl(join(directory, 'cgroup.procs'))) ?? '').split('\n').filter(Boolean).map(Number)
  const below = await Promise.all((await groupsIn(directory)).map(name => membersBelow(join(directory, name))))
  return [...own, ...below.flat()]
}

export async function groupsIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENODEV')) return []
    throw thrown
  }
}

/** Kills once all that is in the group or below; a frozen one is thawed, as nothing dies in it on v1. */
export async function killBelow(directory: string): Promise<void> {
  const atOnce = await writeControl(join(directory, 'cgroup.kill'), '1').then(
    () => true,
    () => false,
  )
  if (!atOnce) for (const pid of await membersBelow(directory)) killProcess(pid)
  await writeControl(join(directory, 'freezer.state'), 'THAWED').catch(() => {})
}

function killProcess(pid: number): void {
  // 0 stands for a process outside of our process namespace; as an argument of kill it would be our own group.
  if (pid <= 1 || pid === process.pid) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch (thrown) {
    if (!hasCode(thrown, 'ESRCH')) throw thrown
  }
}

const TRIES = 100
const PAUSE_MS = 20

/** Removes the group with those below it, killing what runs there. False if something in it would not die in two seconds. */
export async function removeBelow(directory: string): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (await removeIfEmpty(directory)) return true
    await killBelow(directory)
    for (const name of await groupsIn(directory)) await removeBelow(join(directory, name))
    if (await removeIfEmpty(directory)) return true
    await Bun.sleep(PAUSE_MS)
  }
  return false
}

/** False if processes or other groups are in it. */
export async function removeIfEmpty(directory: string): Promise<boolean> {
  try {
    await rmdir(directory)
    return true
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return true
    if (hasCode(thrown, 'EBUSY', 'ENOTEMPTY')) return false
    throw thrown
  }
}
