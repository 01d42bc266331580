import { readFileSync } from 'node:fs'
import { configFaults } from './faults.ts'
import { type DaemonSettings, DEFAULT_CONFIG_FILE, settingsOf } from './settings.ts'
import { type CommandLine, merge, readFile, type Values } from './values.ts'

/** Settings of the flags and the file they name. A file that nobody named need not be there. */
export function loadSettings(line: CommandLine): DaemonSettings {
  const named = line.values['config-file']
  const file = named ?? DEFAULT_CONFIG_FILE
  const text = readText(file, named !== undefined)
  const fromFile: Values = text === undefined ? {} : readFile(file, text)
  return settingsOf({ ...proxyEnvironment(), ...merge(file, fromFile, line.values) })
}

const PROXIES = ['http-proxy', 'https-proxy', 'no-proxy'] as const
let proxies: Values | undefined

/**
 * HTTP_PROXY and the like, as defaults. They are taken out of the environment: Bun's fetch would obey them for every
 * request, those to loopback too, whatever the settings say.
 */
function proxyEnvironment(): Values {
  proxies ??= Object.fromEntries(PROXIES.flatMap(key => takeVariable(key)))
  return proxies
}

function takeVariable(key: (typeof PROXIES)[number]): [string, string][] {
  const upper = key.toUpperCase().replace('-', '_')
  const value = process.env[upper] || process.env[upper.toLowerCase()]
  delete process.env[upper]
  delete process.env[upper.toLowerCase()]
  return value ? [[key, value]] : []
}

/** Where the tests make the daemon kill itself (base/steps.ts); 0 everywhere else. Counted from SIGUSR2 on. */
export const killStep = (): number => Number(process.env['BERTH_KILL_AT_STEP'] ?? 0)

/** For `stop` and `status`: a file that has become wrong must not keep a daemon from being stopped. */
export function loadLeniently(line: CommandLine): DaemonSettings {
  try {
    return loadSettings(line)
  } catch {
    return settingsOf(line.values)
  }
}

function readText(file: string, required: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as { code?: string }).code
    if (code === 'ENOENT' && !required) return undefined
    throw configFaults.UNREADABLE(file, code ?? String(cause), { cause })
  }
}

/** Sockets that systemd opened for us: descriptors 3, 4, … Source: sd_listen_fds(3). */
export function activationDescriptors(): number[] {
  const count = Number(process.env['LISTEN_FDS'] ?? 0)
  if (process.env['LISTEN_PID'] !== String(process.pid) || !Number.isInteger(count) || count < 1) return []
  return Array.from({ length: count }, (_, index) => 3 + index)
}
