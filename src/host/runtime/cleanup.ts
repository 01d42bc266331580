import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../processes/run.ts'
import type { Runtime } from './runtimes.ts'

/**
 * Removes what a runtime remembers of a container whose monitor did not do it (it was killed). The container's cgroups are
 * another matter: remove those first, they kill its processes. No error if nothing is known.
 */
export async function removeRuntimeState(runtime: Runtime, containerId: string): Promise<void> {
  const state = join(runtime.root, containerId)
  if (!runtime.plainState)
    await run([runtime.path, ...runtime.args, '--root', runtime.root, 'delete', '--force', containerId])
  await rm(state, { recursive: true, force: true })
}
