import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Instance } from '../../base/instance.ts'

/**
 * The directories of an instance. Others on the machine must not enter the data root: what containers hold there includes
 * programs with the set-user-id bit that anybody could start (CVE-2021-41091).
 */
export function makeDirectories({ dataRoot, execRoot }: Instance): void {
  for (const path of [dataRoot, execRoot]) {
    mkdirSync(path, { recursive: true, mode: 0o710 })
    chmodSync(path, 0o710)
  }
  mkdirSync(join(dataRoot, 'tmp'), { recursive: true, mode: 0o700 })
}

export function writePidfile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  writeFileSync(path, String(process.pid), { mode: 0o644 })
}

export const removePidfile = (path: string): void => rmSync(path, { force: true })
