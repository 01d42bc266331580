import type { ContainerCreate } from '../../formats/engine-api/container.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'
import { createBody } from './create-body.ts'
import { checkPullPolicy } from './create-container.ts'
import type { CreateFlags, createFlags } from './flags/create-flags.ts'
import { withProxies } from './proxy-environment.ts'

/** `berth: …` and where to read on, as `run` and `create` end when they fail on their own account. */
export const withHelp = (failure: unknown, name: string, exitCode: number): CommandFailure =>
  new CommandFailure(
    `berth: ${describe(failure)}\n\nRun 'berth ${name} --help' for more information`,
    exitCode,
    failure,
  )

function describe(failure: unknown): string {
  const hint = failure instanceof Error && 'hint' in failure ? failure.hint : undefined
  return typeof hint === 'string' ? `${messageOf(failure)}\n${hint}` : messageOf(failure)
}

/** The body to create, from a command line `IMAGE [COMMAND] [ARG...]`. What is wrong with it ends the command with 125. */
export async function prepareBody(
  session: Session,
  name: 'run' | 'create',
  flags: CreateFlags & { pull: string },
  given: (name: keyof typeof createFlags & string) => boolean,
  [image = '', ...command]: string[],
): Promise<ContainerCreate> {
  try {
    checkPullPolicy(flags.pull)
    const body = createBody(flags, given, image, command)
    const { contents } = await session.config()
    if (contents.proxies) body.Env = withProxies(body.Env ?? [], contents, (await session.client()).endpoint.text)
    return body
  } catch (failure) {
    throw failure instanceof CommandFailure ? failure : withHelp(failure, name, 125)
  }
}

/** The exit code of a failure on the way to the first instruction of the container: 127 not found, 126 not executable, else 125. */
export function startFailure(failure: unknown): CommandFailure {
  const message = messageOf(failure)
  const isMissing = /executable file not found|no such file or directory|system cannot find the file specified/.test(
    message,
  )
  const isRefused = /permission denied|is a directory/.test(message)
  return withHelp(failure, 'run', isMissing ? 127 : isRefused ? 126 : 125)
}
