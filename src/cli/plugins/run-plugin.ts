import { constants } from 'node:os'
import { currentContext, defaultHost } from '../config/connect.ts'
import { isTerminal } from '../output.ts'
import type { Session } from '../session.ts'
import { CALLER_VARIABLE } from './plugin.ts'

/** On a terminal the kernel has sent them to the plugin already. */
const FROM_TERMINAL: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']
const PASSED_ON: NodeJS.Signals[] = ['SIGTERM', 'SIGHUP']

/** Runs it in our place, with the whole command line as it was given; its exit code. */
export async function runPlugin(session: Session, path: string, args: string[]): Promise<number> {
  await session.flush()
  const env = { ...session.environment, ...(await hostOf(session)), [CALLER_VARIABLE]: process.execPath }
  const onTerminal = isTerminal(0)
  // Before it is there, so that no signal ends us alone.
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal)
  for (const signal of FROM_TERMINAL) process.on(signal, onTerminal ? () => {} : passOn)
  for (const signal of PASSED_ON) process.on(signal, passOn)
  const child = Bun.spawn([path, ...args], { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit', env })
  await child.exited
  return child.exitCode ?? 128 + signalNumber(child.signalCode)
}

const signalNumber = (name: unknown): number =>
  Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? constants.signals.SIGKILL

/** Plugins know docker's variables and docker's socket only: they are told ours, unless a context says where to go. */
async function hostOf(session: Session): Promise<Record<string, string>> {
  const { globals, environment } = session
  if (globals.host.length > 0 || environment['DOCKER_HOST'] || (await currentContext(session)) !== 'default') return {}
  return { DOCKER_HOST: defaultHost(session) }
}
