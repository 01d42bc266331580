/** A line of an env or label file that cannot be read; the message is docker's. */
export class EnvFileError extends Error {
  override readonly name = 'EnvFileError'
}

/**
 * Lines of `KEY=value` as `--env-file` and `--label-file` take them: no quotes, no continuation; `#` begins a comment only
 * at the start of a line; trailing blanks belong to the value. `lookUp` gives the value of a bare KEY; without one, or
 * where it knows none, the line is dropped. Source: docker/cli pkg/kvfile.
 */
export function parseEnvFile(
  content: Uint8Array,
  name: string,
  lookUp?: (key: string) => string | undefined,
): string[] {
  try {
    return textOf(content)
      .split(/\r?\n/)
      .map(line => line.trimStart())
      .filter(line => line !== '' && !line.startsWith('#'))
      .flatMap(line => pairOf(line, lookUp))
  } catch (failure) {
    throw new EnvFileError(`invalid env file (${name}): ${(failure as Error).message}`)
  }
}

function textOf(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw new EnvFileError('invalid utf8 bytes')
  }
}

function pairOf(line: string, lookUp: ((key: string) => string | undefined) | undefined): string[] {
  const at = line.indexOf('=')
  const key = at < 0 ? line : line.slice(0, at)
  if (key === '') throw new EnvFileError(`no variable name on line '${line}'`)
  if (/[ \t]/.test(key)) throw new EnvFileError(`variable '${key}' contains whitespaces`)
  if (at >= 0) return [line]
  const value = lookUp?.(key)
  return value === undefined ? [] : [`${key}=${value}`]
}
