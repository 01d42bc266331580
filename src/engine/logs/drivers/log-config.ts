import type { LogConfig } from '../../../formats/engine-api/common.ts'
import { logFaults } from '../faults.ts'
import type { LogDriver, Options } from './driver.ts'
import { LATER, logDrivers } from './drivers.ts'
import { type FileLimits, JSON_FILE_DEFAULTS, jsonFileLimits } from './json-file.ts'
import { localLimits } from './local.ts'
import { booleanOf, bytesOf } from './values.ts'

/** Options that every driver has; the last four are of the local copy that a remote driver's lines are read back from. */
const COMMON = ['mode', 'max-buffer-size', 'cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress']
const DEFAULT_BUFFER_BYTES = 1024 * 1024

/** What is written to the disk, and how. `bufferBytes`: what may wait for the disk; a container never does then. */
export type LogPlan = FileLimits & {
  isRemote: boolean
  bufferBytes?: number
  isReadable: boolean
}

/** The config of a container with the daemon's in it, checked. Throws logFaults in Docker's words. */
export function completeLogConfig(asked: LogConfig | undefined, daemon: Required<LogConfig>): Required<LogConfig> {
  const Type = asked?.Type || daemon.Type
  const defaults = Type === daemon.Type ? daemon.Config : {}
  const Config = { ...(Type === 'json-file' ? JSON_FILE_DEFAULTS : {}), ...defaults, ...asked?.Config }
  checkLogConfig({ Type, Config })
  return { Type, Config }
}

export function checkLogConfig({ Type, Config }: Required<LogConfig>): void {
  if (Type === 'none') return
  checkCommon(Config)
  const driver = driverOf(Type)
  for (const option of Object.keys(Config)) {
    if (!driver.options.includes(option) && !COMMON.includes(option))
      throw logFaults.OPTION(driver.unknownOption(option))
  }
  driver.check(Config)
  planOf({ Type, Config })
}

/** undefined where nothing is written. */
export function planOf({ Type, Config }: LogConfig): LogPlan | undefined {
  const options = Config ?? {}
  const driver = driverOf(Type || 'json-file')
  if (driver.name === 'none') return undefined
  const isBuffered = options['mode'] === 'non-blocking'
  const size = options['max-buffer-size']
  return {
    ...limitsOf(driver, options),
    isRemote: driver.isRemote,
    isReadable: !driver.isRemote || !booleanOf(options, 'cache-disabled', false),
    ...(isBuffered && { bufferBytes: size ? bytesOf(size) : DEFAULT_BUFFER_BYTES }),
  }
}

function limitsOf(driver: LogDriver, options: Options): FileLimits {
  if (driver.name === 'json-file') return jsonFileLimits(options)
  return localLimits(options, driver.isRemote ? 'cache-' : '')
}

function driverOf(name: string): LogDriver {
  const driver = logDrivers.find(one => one.name === name)
  if (driver) return driver
  if (LATER.includes(name)) throw logFaults.DRIVER_LATER(name)
  throw logFaults.DRIVER(name)
}

function checkCommon(options: Options): void {
  const { mode } = options
  if (mode !== undefined && !['blocking', 'non-blocking', ''].includes(mode)) {
    throw logFaults.VALUE(`logger: logging mode not supported: ${mode}`)
  }
  const size = options['max-buffer-size']
  if (size !== undefined && mode !== 'non-blocking') {
    throw logFaults.VALUE("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
  }
  if (size !== undefined) bytesOf(size, 'error parsing option max-buffer-size: ')
  const disabled = options['cache-disabled']
  if (disabled && !/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(disabled)) {
    throw logFaults.VALUE(`invalid value for option cache-disabled: ${disabled}`)
  }
}
