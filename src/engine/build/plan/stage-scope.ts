import type { Escape } from '../../../formats/dockerfile/dockerfile.ts'
import type { ImageDefaults } from '../../../formats/oci-image/config.ts'
import type { StageVariables } from './arguments.ts'
import type { StepSource } from './step.ts'

export const SHELL = ['/bin/sh', '-c']
/** At the end of what BuildKit writes into the history of steps. */
export const BUILDKIT = ' # buildkit'

export type StageSettings = {
  escape: Escape
  variables: StageVariables
  /** Of the base image. */
  config: ImageDefaults
  labels: Record<string, string>
  /** What a name in `--from` stands for. */
  sourceOf: (name: string) => StepSource
  entitlements: readonly string[]
  network: string
}

/** A stage as it is before an instruction. */
export type StageScope = {
  settings: StageSettings
  /** Of the image so far. */
  config: ImageDefaults
  /** Replaces variables. */
  word: (text: string) => string
}
