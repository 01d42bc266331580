import { Fault } from '../../base/faults.ts'

/** What kept a program from starting, in Docker's words, and the exit code that goes with it. */
export type StartFailure = {
  message: string
  exitCode: number
  /** The user's doing (the program, its directory), not the engine's or the machine's. */
  isUsers: boolean
}

/** A program as it was asked for. */
export type Asked = { program: string; directory: string }

const CODES = {
  NOT_FOUND: 'RUNTIME_COMMAND_NOT_FOUND',
  NOT_EXECUTABLE: 'RUNTIME_COMMAND_NOT_EXECUTABLE',
  OTHER: 'RUNTIME_START_FAILED',
}
const EXIT = { notFound: 127, notRunnable: 126, other: 128 }

/** The runtime's own complaint, if it was the runtime that failed. */
export const runtimeComplaint = (thrown: unknown): Fault | undefined =>
  thrown instanceof Fault && Object.values(CODES).includes(thrown.code) ? thrown : undefined

/**
 * Clients find their own exit code in these texts (127 by `executable file not found`, 126 by `permission denied`), so
 * what crun and runc say is brought into the form that containerd and runc give to Docker.
 */
export const describeStartFailure = (complaint: Fault, runtime: string, asked: Asked): StartFailure =>
  describe(complaint, `OCI runtime create failed: ${runtime} create failed: `, asked)

/** As {@link describeStartFailure} for a program that is run in a container that is up. */
export const describeExecFailure = (complaint: Fault, asked: Asked): StartFailure =>
  describe(complaint, 'OCI runtime exec failed: exec failed: ', asked)

function describe(complaint: Fault, before: string, { program, directory }: Asked): StartFailure {
  const text = complaint.message.trim()
  const by = (exitCode: number, why: string): StartFailure => ({
    exitCode,
    isUsers: true,
    message: `${before}unable to start container process: ${why}: unknown`,
  })
  const quoted = JSON.stringify(program)
  if (MOUNT_TEXTS.test(text)) return { exitCode: EXIT.other, isUsers: true, message: goWords(text) }
  if (/\bchdir\b/.test(text)) {
    return by(
      EXIT.notRunnable,
      `chdir to cwd (${JSON.stringify(directory)}) set in config.json failed: ${reason(text)}`,
    )
  }
  if (complaint.code === CODES.NOT_FOUND) {
    const where = program.includes('/')
      ? `stat ${program}: no such file or directory`
      : 'executable file not found in $PATH'
    return by(EXIT.notFound, `exec: ${quoted}: ${where}`)
  }
  const isProgram = complaint.code === CODES.NOT_EXECUTABLE || /^open executable\b/.test(text)
  if (isProgram) return by(EXIT.notRunnable, `exec: ${quoted}: ${notRunnable(text)}`)
  return { exitCode: EXIT.other, isUsers: false, message: `${before}${text}: unknown` }
}

/** What the monitor says of a subpath (views.c): Docker's words, without anything before them. */
const MOUNT_TEXTS = /^(cannot access path |path concatenation escapes the base directory)/

/** As Go writes a reason: clients look for `no such file or directory`. */
const goWords = (text: string): string => text.replace(/: [A-Z][^:]*$/, words => words.toLowerCase())

const reason = (text: string): string => text.slice(text.lastIndexOf(': ') + 2).toLowerCase()

/** crun says `Operation not permitted` of a directory; clients look for these words. */
const notRunnable = (text: string): string =>
  ['exec format error', 'is a directory'].find(words => text.toLowerCase().includes(words)) ?? 'permission denied'
