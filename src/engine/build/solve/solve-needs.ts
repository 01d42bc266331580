import type { Background } from '../../../base/background.ts'
import type { Semaphore } from '../../../base/locks.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { SharedWork } from '../../images/pull/shared-work.ts'
import type { StepCache } from '../cache/step-cache.ts'
import type { BuildRequest } from '../contract.ts'
import type { BuildNeeds } from '../needs.ts'
import type { PlannedStage } from '../plan/planned.ts'
import type { Progress } from '../progress.ts'
import type { RemoteStep } from '../remote-cache/cache-document.ts'
import type { ImportedSteps } from '../remote-cache/imported-steps.ts'
import type { CacheMounts } from '../run/cache-mounts.ts'
import type { BuildSources } from '../sources/build-sources.ts'
import type { BaseImages } from '../sources/images.ts'

/** A root file system after a step: its layers, lowest first. */
export type State = {
  diffIds: Digest[]
  /** Seconds: the time of everything that the clock would stamp otherwise. */
  time: number
}

type Note = { stream: 1 | 2; bytes: Uint8Array }
/** Work that all builds of a daemon share: a step that two want is done once. */
export type SharedSteps = { work: SharedWork<Digest, Note>; slots: Semaphore }

export type SolveNeeds = {
  needs: BuildNeeds
  cache: StepCache
  caches: CacheMounts
  shared: SharedSteps
  background: Background
  request: BuildRequest
  progress: Progress
  sources: BuildSources
  images: BaseImages
  stages: ReadonlyMap<number, PlannedStage>
  /** Of the names of steps: the platform, where there are several. */
  prefix: string
  signal: AbortSignal
  /** Steps of caches elsewhere. */
  imported: ImportedSteps
  /** Told of every step with the layer that it came to. */
  note: (step: RemoteStep) => void
  /** Held until the build is over. */
  hold: (diffId: Digest) => void
}
