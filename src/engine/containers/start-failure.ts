import { Fault } from '../../base/faults.ts'

const BY_RUNTIME = new Set(['RUNTIME_COMMAND_NOT_FOUND', 'RUNTIME_COMMAND_NOT_EXECUTABLE', 'RUNTIME_START_FAILED'])

/** The runtime's own words, if it was the runtime that failed. */
export const runtimeText = (thrown: unknown): string | undefined =>
  thrown instanceof Fault && BY_RUNTIME.has(thrown.code) ? thrown.message : undefined

/** What kept a container from starting, in Docker's words, and the exit code that goes with it. */
export type StartFailure = { message: string; exitCode: number }

/**
 * Clients find their own exit code in these texts (127 by `executable file not found`, 126 by `permission denied`), so
 * what crun and runc say is brought into the form that containerd and runc give to Docker.
 */
export function describeStartFailure(runtimeText: string, runtime: string, program: string): StartFailure {
  return describe(runtimeText, `OCI runtime create failed: ${runtime} create failed: `, program)
}

/** As {@link describeStartFailure} for a program that is run in a container that is up. */
export function describeExecFailure(runtimeText: string, program: string): StartFailure {
  return describe(runtimeText, 'OCI runtime exec failed: exec failed: ', program)
}

const NOT_FOUND = 127
const NOT_RUNNABLE = 126
const FAILED = 128

function describe(runtimeText: string, before: string, program: string): StartFailure {
  const text = runtimeText.trim()
  const of = (exitCode: number, why: string) => ({
    exitCode,
    message: `${before}unable to start container process: ${why}: unknown`,
  })
  const quoted = JSON.stringify(program)
  if (/executable file .*not found in \$PATH/i.test(text))
    return of(NOT_FOUND, `exec: ${quoted}: executable file not found in $PATH`)
  if (isAboutProgram(text, program)) {
    if (/no such file or directory/i.test(text))
      return of(NOT_FOUND, `exec: ${quoted}: stat ${program}: no such file or directory`)
    if (/is a directory/i.test(text)) return of(NOT_RUNNABLE, `exec: ${quoted}: is a directory`)
    if (/permission denied/i.test(text)) return of(NOT_RUNNABLE, `exec: ${quoted}: permission denied`)
    if (/exec format error/i.test(text)) return of(NOT_RUNNABLE, `exec ${program}: exec format error`)
  }
  return { exitCode: FAILED, message: `${before}${text}: unknown` }
}

/** A mount or a working directory can also be missing or forbidden; that is not the program's failure. */
const isAboutProgram = (text: string, program: string): boolean =>
  /\bexec(utable|v|ve)?\b/i.test(text) && text.includes(program) && !/\b(mount|chdir|cwd)\b/i.test(text)
