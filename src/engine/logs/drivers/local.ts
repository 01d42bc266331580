import { logFaults } from '../faults.ts'
import type { LogDriver, Options } from './driver.ts'
import type { FileLimits } from './json-file.ts'
import { booleanOf, bytesOf, countOf } from './values.ts'

const DEFAULT_BYTES = 20 * 1024 * 1024
const DEFAULT_FILES = 5

/** The same file as json-file's, with Docker's options and defaults for `local`: docs/decisions/012-logs.md says why. */
export const local: LogDriver = {
  name: 'local',
  isRemote: false,
  options: ['max-file', 'max-size', 'compress'],
  unknownOption: option => `unknown log opt '${option}' for log driver local`,
  check: options => void localLimits(options),
}

/** `prefix`: `cache-` for the local copy of what a remote driver sends. */
export function localLimits(options: Options, prefix = ''): FileLimits {
  const size = options[`${prefix}max-size`]
  const before = (name: string) => `invalid value for ${prefix}${name}: `
  const maxBytes = size === undefined ? DEFAULT_BYTES : bytesOf(size, `${before('max-size')}${size}: `)
  if (maxBytes <= 0) throw logFaults.VALUE(`${prefix}max-size must be a positive number`)
  const maxFiles = countOf(options, `${prefix}max-file`, DEFAULT_FILES, before('max-file'))
  if (maxFiles < 0) throw logFaults.VALUE(`${prefix}max-file cannot be less than 1`)
  const compress = booleanOf(options, `${prefix}compress`, true, `error reading ${prefix}compress log option: `)
  if (compress && maxFiles < 2) throw logFaults.VALUE('compression cannot be enabled when max file count is 1')
  return { maxBytes, maxFiles: Math.max(1, maxFiles), compress }
}
