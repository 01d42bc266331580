/** Ends a command with an exit code; an empty message prints nothing (the container's own exit code). */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number

  constructor(message: string, exitCode = 1, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
  }
}

/** Ends a command with the container's own exit code, in silence. */
export const exitWith = (exitCode: number): CommandFailure => new CommandFailure('', exitCode)

export const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

/** Runs `work` on each; what fails is told at once on stderr, the others go on, and in the end the command fails. */
export async function forEachOperand(
  operands: readonly string[],
  tell: (message: string) => void,
  work: (operand: string) => Promise<void>,
): Promise<number> {
  let failed = 0
  for (const operand of operands) {
    try {
      await work(operand)
    } catch (failure) {
      failed++
      tell(messageOf(failure))
    }
  }
  return failed === 0 ? 0 : 1
}
