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
  return settingsOf(merge(file, fromFile, line.values))
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
