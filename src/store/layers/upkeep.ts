import { startHelper } from '../../host/processes/helper.ts'
import { layerFaults } from './faults.ts'

/** Removes trees by a child: theirs may be many files, nested deeper than any path reaches. Absolute paths of our own. */
export async function removeTrees(paths: string[]): Promise<void> {
  await once({ remove: paths })
}

/** Waits until the file system that holds the directory has all of it on the disk. */
export async function syncTree(path: string): Promise<void> {
  await once({ sync: path })
}

async function once(request: { remove: string[] } | { sync: string }): Promise<void> {
  const child = startHelper('__unpack', request)
  await child.endInput()
  const code = await child.exited
  if (code !== 0) throw layerFaults.CHILD(`exit ${code}: ${await child.complaint()}`)
}
