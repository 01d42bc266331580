import type { Digest } from '../../../formats/digest/digest.ts'
import type { BuildRequest } from '../contract.ts'
import type { RunStep } from '../plan/step.ts'

/** Where a mount takes its files from, after the stage or context behind it is there. */
export type MountSource = { lower: string[] } | { directory: string }

export type RunRequest = {
  step: RunStep
  /** Of the root, lowest first. */
  diffIds: Digest[]
  /** For the mounts that need one, by their number. */
  sources: Map<number, MountSource>
  build: Pick<BuildRequest, 'network' | 'extraHosts' | 'hostname' | 'limits' | 'client'>
  log: (stream: 1 | 2, bytes: Uint8Array) => void
}
