import { parseDecimalBytes } from '../../../base/units.ts'
import type { LogConfig } from '../../../formats/engine-api/common.ts'
import type { HostConfig } from '../../../formats/engine-api/container.ts'
import type { DaemonDefaults } from './daemon-defaults.ts'
import { createFaults } from './faults.ts'

const JSON_FILE_OPTIONS = new Set([
  'max-file',
  'max-size',
  'compress',
  'labels',
  'labels-regex',
  'env',
  'env-regex',
  'tag',
  'mode',
  'max-buffer-size',
])
/** Docker's other drivers. */
const LATER = new Set(['local', 'syslog', 'journald', 'gelf', 'fluentd', 'awslogs', 'splunk', 'gcplogs', 'etwlogs'])

/** What of a log the monitor writes. `maxBytes` 0 is no limit. */
export type LogSettings = { maxBytes: number; maxFiles: number }

/** The log config with the daemon's defaults in it, checked. Throws createFaults. */
export function checkLogConfig(asked: LogConfig | undefined, daemon: DaemonDefaults): Required<LogConfig> {
  const Type = asked?.Type || daemon.logConfig.type
  const defaults = Type === daemon.logConfig.type ? daemon.logConfig.options : {}
  const Config = { ...defaults, ...asked?.Config }
  if (LATER.has(Type)) throw createFaults.LOG_DRIVER_LATER(Type)
  if (Type !== 'json-file' && Type !== 'none') throw createFaults.LOG_DRIVER(Type)
  if (Type === 'json-file') checkJsonFile(Config)
  return { Type, Config }
}

function checkJsonFile(options: Record<string, string>): void {
  for (const option of Object.keys(options)) {
    if (!JSON_FILE_OPTIONS.has(option)) throw createFaults.LOG_OPTION(option, 'json-file')
  }
  const { mode, compress } = options
  if (mode !== undefined && !['blocking', 'non-blocking', ''].includes(mode)) {
    throw createFaults.LOG_VALUE(`logger: logging mode not supported: ${mode}`)
  }
  if (options['max-buffer-size'] !== undefined && mode !== 'non-blocking') {
    throw createFaults.LOG_VALUE("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
  }
  if (compress !== undefined && !/^(1|t|true|0|f|false)$/i.test(compress)) {
    throw createFaults.LOG_VALUE(`strconv.ParseBool: parsing ${JSON.stringify(compress)}: invalid syntax`)
  }
  const { maxBytes, maxFiles } = readSettings(options)
  if (compress && /^(1|t)/i.test(compress) && (maxFiles < 2 || maxBytes === 0)) {
    throw createFaults.LOG_VALUE('compress cannot be true when max-file is less than 2 or max-size is not set')
  }
}

/** The limits of a container's log; undefined where nothing is written. */
export function logSettings({ LogConfig }: HostConfig): LogSettings | undefined {
  return LogConfig?.Type === 'none' ? undefined : readSettings(LogConfig?.Config ?? {})
}

function readSettings(options: Record<string, string>): LogSettings {
  const files = options['max-file'] ?? '1'
  if (!/^[+-]?\d{1,9}$/.test(files)) {
    throw createFaults.LOG_VALUE(`strconv.Atoi: parsing ${JSON.stringify(files)}: invalid syntax`)
  }
  if (Number(files) < 1) throw createFaults.LOG_VALUE('max-file cannot be less than 1')
  return { maxBytes: bytesOf(options['max-size'] ?? '-1'), maxFiles: Number(files) }
}

function bytesOf(text: string): number {
  if (text === '-1') return 0
  try {
    const bytes = parseDecimalBytes(text)
    if (bytes > 0) return bytes
  } catch (cause) {
    throw createFaults.LOG_VALUE((cause as Error).message, { cause })
  }
  throw createFaults.LOG_VALUE('max-size must be a positive number')
}
