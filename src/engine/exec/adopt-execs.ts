import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecCreate } from '../../formats/engine-api/container.ts'
import { type Exit, type Monitor, readExitFile, reconnectMonitor } from '../../host/monitor/monitor.ts'
import type { Exec } from './exec.ts'

const NOTE = 'exec.json'
const ID = /^[0-9a-f]{64}$/

export const exitFileIn = (directory: string): string => join(directory, 'exit')

/** What the next daemon has to know of an exec, beside its monitor's socket. */
export function noteExec(directory: string, { config }: Exec): void {
  writeFileSync(join(directory, NOTE), JSON.stringify(config), { mode: 0o600 })
}

/** One that runs still has its monitor; one that ended meanwhile its exit. */
export type AdoptedExec = { exec: Exec; monitor: Monitor | undefined; exit: Exit | undefined; directory: string }

/** The execs that an earlier daemon started in a container, by the directories it left. What is damaged is removed. */
export async function findExecs(execs: string, containerId: string): Promise<AdoptedExec[]> {
  const ids = listed(execs).filter(name => ID.test(name))
  const found = await Promise.all(ids.map(id => findExec(join(execs, id), id, containerId)))
  return found.filter(adopted => adopted !== undefined)
}

async function findExec(directory: string, id: string, containerId: string): Promise<AdoptedExec | undefined> {
  const config = readNote(directory)
  const monitor = await reconnectMonitor(join(directory, 'monitor.sock'), exitFileIn(directory))
  const exit = monitor ? undefined : await readExitFile(exitFileIn(directory))
  if (config && (monitor || exit)) {
    return { exec: { id, containerId, config, status: 'running', pid: 0, exitCode: null }, monitor, exit, directory }
  }
  await rm(directory, { recursive: true, force: true })
  return undefined
}

function readNote(directory: string): ExecCreate | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, NOTE), 'utf8')) as ExecCreate
  } catch {
    return undefined
  }
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
