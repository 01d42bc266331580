import { join } from 'node:path'
import { hasCode } from '../syscalls/call.ts'
import { cgroupFaults } from './faults.ts'
import { readControl, readTable, writeControl } from './files.ts'

/** A group of the v1 freezer, or any group of v2. */
export type Freezable = { version: 1 | 2; directory: string }

const FREEZE_TIMEOUT_MS = 5000
const FIRST_PAUSE_MS = 0.2

/** Stops every process in the group; on v1 the order is repeated, as a process that forks may slip through once. */
export async function freeze(group: Freezable): Promise<void> {
  const until = Date.now() + FREEZE_TIMEOUT_MS
  for (let pause = FIRST_PAUSE_MS; Date.now() < until; pause = Math.min(pause * 2, 50)) {
    await order(group, group.version === 1 ? 'FROZEN' : '1')
    if (await isFrozen(group)) return
    await Bun.sleep(pause)
  }
  await thaw(group)
  throw cgroupFaults.NOT_FROZEN(group.directory)
}

export const thaw = (group: Freezable): Promise<void> => order(group, group.version === 1 ? 'THAWED' : '0')

export async function isFrozen({ version, directory }: Freezable): Promise<boolean> {
  if (version === 1) return (await readControl(join(directory, 'freezer.state')))?.trim() === 'FROZEN'
  return (await readTable(join(directory, 'cgroup.events')))['frozen'] === 1
}

async function order({ version, directory }: Freezable, value: string): Promise<void> {
  try {
    await writeControl(join(directory, version === 1 ? 'freezer.state' : 'cgroup.freeze'), value)
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENODEV')) throw cgroupFaults.NOT_RUNNING(directory)
    throw thrown
  }
}
