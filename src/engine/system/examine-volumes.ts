import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../../base/finding.ts'
import type { Volumes } from '../volumes/volumes.ts'

/** Volumes are people's data: what does not fit together is told, and left as it is. */
export async function examineVolumes(volumes: Pick<Volumes, 'listLocal'>, dataRoot: string): Promise<Finding[]> {
  const root = join(dataRoot, 'volumes')
  const known = volumes.listLocal().map(({ shown }) => shown)
  const names = new Set(known.map(({ Name }) => Name))
  const there = await readdir(root).catch(() => [])
  return [
    ...known.filter(({ Mountpoint }) => !existsSync(Mountpoint)).map(({ Name }) => withoutDirectory(Name)),
    ...there
      .filter(name => !names.has(name) && !name.startsWith('.'))
      .map(name => strayDirectory(join(root, name), name)),
  ]
}

const withoutDirectory = (name: string): Finding => ({
  kind: 'volume',
  subject: name,
  trouble: 'its directory is gone, and what was in it with it',
  remedy: 'the next container that mounts it begins with an empty one, or remove it',
})

const strayDirectory = (path: string, name: string): Finding => ({
  kind: 'directory',
  subject: path,
  trouble: 'belongs to no volume',
  remedy: `create a volume named ${name} to have it again, or delete it`,
})
