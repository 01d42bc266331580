import { defineFaults, type Fault } from '../../base/faults.ts'

/** A container or exec that its runtime could not start. The message is the runtime's own text, without times and levels. */
export const runtimeFaults = defineFaults('RUNTIME', {
  /** Docker's exit code 127. */
  COMMAND_NOT_FOUND: { kind: 'invalid', message: (text: string) => text },
  /** Docker's exit code 126. */
  COMMAND_NOT_EXECUTABLE: { kind: 'invalid', message: (text: string) => text },
  /** Docker's exit code 125 and HTTP status 500. */
  START_FAILED: { kind: 'internal', message: (text: string) => text },
  DEFAULT_MISSING: {
    kind: 'invalid',
    message: (name: string) => `specified default runtime '${name}' does not exist`,
    hint: 'install it, or name another one by default-runtime',
  },
  NONE: {
    kind: 'unavailable',
    message: () => 'no OCI runtime was found',
    hint: 'install crun (apt-get install crun)',
  },
  NOT_INSTALLED: { kind: 'invalid', message: (name: string) => `unknown or invalid runtime name: ${name}` },
})

const NOT_FOUND =
  /executable file\b.*not found|exec:? .*: no such file or directory|cannot find .* in \$PATH|open executable.*: No such file/i
const NOT_EXECUTABLE =
  /(open executable|exec:? ".*"|cannot execute|execv?e?\b|exec user process|the path .* is not executable).*(permission denied|operation not permitted|is a directory|exec format error|not executable)|exec format error|cannot chdir|chdir to cwd/i

/** Sorts what a runtime wrote on its error stream. */
export function runtimeFault(raw: string): Fault {
  const text = plainRuntimeText(raw)
  if (NOT_FOUND.test(text)) return runtimeFaults.COMMAND_NOT_FOUND(text)
  if (NOT_EXECUTABLE.test(text)) return runtimeFaults.COMMAND_NOT_EXECUTABLE(text)
  return runtimeFaults.START_FAILED(text)
}

/** The message alone: without crun's time and program name, and out of runc's `time=… level=error msg="…"`; the last error of several. */
export function plainRuntimeText(raw: string): string {
  const lines = raw.split('\n').map(plainLine).filter(Boolean)
  return lines.at(-1) ?? 'the runtime failed without a word'
}

function plainLine(line: string): string {
  const logged = /^time="[^"]*" level=\w+ msg=("(?:[^"\\]|\\.)*"|\S+)/.exec(line)?.[1]
  if (logged) return logged.startsWith('"') ? unquote(logged) : logged
  return line
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z?:?\s*/, '')
    .replace(/^(crun|runc)?:?\s*(\[\w+\])?\s*(error:)?\s*/i, '')
    .trim()
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text.slice(1, -1)
  }
}
