import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Settings } from '../settings.ts'
import type { ConfigFile } from './config-file-shape.ts'

type Place = Pick<Settings, 'globals' | 'environment'>

/** `--config`, DOCKER_CONFIG, or ~/.docker: shared with the stock CLI, so that logins and contexts are found. */
export const configDirectory = (settings: Place): string =>
  settings.globals.config || settings.environment['DOCKER_CONFIG'] || `${home(settings)}/.docker`

const home = (settings: Place): string => settings.environment['HOME'] || process.getBuiltinModule('node:os').homedir()

/** An unreadable file is told and taken as empty, as docker does. */
export function readConfigFile(directory: string, warn: (message: string) => void): ConfigFile {
  const path = `${directory}/config.json`
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return { directory, path, contents: typeof parsed === 'object' && parsed !== null ? parsed : {} }
  } catch (failure) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes((failure as NodeJS.ErrnoException).code ?? '')
    if (!isMissing) warn(`WARNING: Error loading config file: ${path}: ${messageOf(failure)}`)
    return { directory, path, contents: {} }
  }
}

/** Written whole and private: 0600 under a temporary name, then renamed over the old one. */
export function writeConfigFile(file: ConfigFile): void {
  const temporary = `${file.path}${process.pid}`
  try {
    mkdirSync(file.directory, { recursive: true, mode: 0o700 })
    writeFileSync(temporary, `${JSON.stringify(file.contents, null, '\t')}\n`, { mode: 0o600 })
    renameSync(temporary, file.path)
  } catch (failure) {
    throw new CommandFailure(`Error saving credentials: ${messageOf(failure)}`)
  }
}
