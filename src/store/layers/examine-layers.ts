import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../../base/finding.ts'
import { detachBelow } from '../../host/mounts/detach-below.ts'
import type { LayerRow } from './layer-table.ts'
import { removeTrees } from './upkeep.ts'

/** The bytes of a layer as they came, while they come. */
export const HALF_BLOB = /^layer-(\d+)\.blob$/

type Shelf = {
  rows: LayerRow[]
  directory: string
  temporary: string
  /** Numbers of the layers that are being brought. */
  arriving: number[]
  drop: (row: LayerRow) => void
}

/** What rows and directories of layers tell differently. */
export async function examineLayers(shelf: Shelf): Promise<Finding[]> {
  const missing = await Promise.all(shelf.rows.map(row => missingDirectory(shelf, row)))
  return [...missing.flat(), ...(await strayPaths(shelf)).map(strayPath)]
}

async function missingDirectory({ directory, drop }: Shelf, row: LayerRow): Promise<Finding[]> {
  if (await isThere(join(directory, String(row.id)))) return []
  const mend = async () => {
    if (!(await isThere(join(directory, String(row.id))))) drop(row)
  }
  const remedy = 'forget it, so that a pull or load brings it again'
  return [{ kind: 'layer', subject: row.diffId, trouble: 'its files are gone', remedy, mend }]
}

async function strayPaths({ rows, arriving, directory, temporary }: Shelf): Promise<string[]> {
  const known = new Set([...rows.map(({ id }) => id), ...arriving].map(String))
  const roots = (await readdir(directory)).filter(name => !known.has(name))
  const halves = (await readdir(temporary)).filter(name => {
    const number = HALF_BLOB.exec(name)?.[1]
    return number !== undefined && !known.has(number)
  })
  return [...roots.map(name => join(directory, name)), ...halves.map(name => join(temporary, name))]
}

/** Numbers are never used again: what belongs to no layer never will. */
const strayPath = (path: string): Finding => ({
  kind: 'layer',
  subject: path,
  trouble: 'belongs to no layer',
  remedy: 'delete it',
  mend: async () => {
    await detachBelow(path)
    await removeTrees([path])
  },
})

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
