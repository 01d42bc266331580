import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The id of a data directory, as `docker info` shows it: made once. */
export function instanceId(dataRoot: string): string {
  const path = join(dataRoot, 'engine-id')
  try {
    const id = readFileSync(path, 'utf8').trim()
    if (id !== '') return id
  } catch {}
  const id = randomUUID()
  writeFileSync(path, id, { mode: 0o600, flush: true })
  return id
}
