import { logFaults } from '../faults.ts'
import { EXTRA_OPTIONS, type LogDriver, type Options, usualWords } from './driver.ts'
import { booleanOf, countOf, decimalBytesOf } from './values.ts'

/** `maxBytes` 0 is no limit: of one file; there are up to `maxFiles`. */
export type FileLimits = { maxBytes: number; maxFiles: number; compress: boolean }

/** Endless logs fill disks: 20 MB in each of 5 files. */
export const JSON_FILE_DEFAULTS: Options = { 'max-size': '20m', 'max-file': '5' }

export const jsonFile: LogDriver = {
  name: 'json-file',
  isRemote: false,
  options: ['max-file', 'max-size', 'compress', ...EXTRA_OPTIONS],
  unknownOption: usualWords('json-file'),
  check: options => void jsonFileLimits(options),
}

export function jsonFileLimits(options: Options): FileLimits {
  const maxFiles = countOf(options, 'max-file', 1)
  if (maxFiles < 1) throw logFaults.VALUE('max-file cannot be less than 1')
  const maxBytes = sizeOf(options['max-size'])
  const compress = booleanOf(options, 'compress', false)
  if (compress && (maxFiles < 2 || maxBytes === 0)) {
    throw logFaults.VALUE('compress cannot be true when max-file is less than 2 or max-size is not set')
  }
  return { maxBytes, maxFiles, compress }
}

/** `-1` asks for no limit where the daemon has one by default. */
function sizeOf(text: string | undefined): number {
  if (text === undefined || text === '-1') return 0
  const bytes = decimalBytesOf(text)
  if (bytes <= 0) throw logFaults.VALUE('max-size must be a positive number')
  return bytes
}
