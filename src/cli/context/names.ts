import { DEFAULT_CONTEXT } from '../config/context-store.ts'
import { CommandFailure } from '../failures.ts'

/** docker's. */
const NAME = '^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$'

export function checkContextName(name: string): void {
  if (name === '') throw new CommandFailure('context name cannot be empty')
  if (name === DEFAULT_CONTEXT) throw new CommandFailure('"default" is a reserved context name')
  if (!new RegExp(NAME).test(name))
    throw new CommandFailure(
      `context name ${JSON.stringify(name)} is invalid, names are validated against regexp "${NAME}"`,
    )
}
