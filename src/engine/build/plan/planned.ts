import type { Span } from '../../../formats/dockerfile/dockerfile.ts'
import type { ImageDefaults } from '../../../formats/oci-image/config.ts'
import type { Platform } from '../../../formats/platform/platform.ts'
import type { Step } from './step.ts'

/** What a stage begins with. */
export type Base =
  | { kind: 'scratch' }
  | { kind: 'stage'; index: number }
  | { kind: 'image'; reference: string; platform?: Platform }
  | { kind: 'context'; name: string }

export type PlannedInstruction = {
  /** As written, variables replaced where it makes a layer: for progress and for the classic output. */
  shown: string
  span: Span
  step?: Step
  /** `created_by` of the history; undefined: nothing is recorded. */
  history?: string
  /** Of the base image's ONBUILD. */
  isTrigger?: boolean
}

/** A stage in which every variable is replaced. `config` is that of the image at its end. */
export type PlannedStage = {
  index: number
  name?: string
  base: Base
  shown: string
  span: Span
  instructions: PlannedInstruction[]
  config: ImageDefaults
  author?: string
}
