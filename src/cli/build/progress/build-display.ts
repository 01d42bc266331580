import type { StatusMessage } from '../../../wire/buildkit/control.ts'

/** Shows how a build goes, as word of it comes. */
export type BuildDisplay = {
  show(status: StatusMessage): void
  /** Nothing more comes. */
  finish(): void
}
