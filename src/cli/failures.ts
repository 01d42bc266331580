/** Ends a command with an exit code; an empty message prints nothing (the container's own exit code). */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number

  constructor(message: string, exitCode = 1, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
  }
}

export const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))
