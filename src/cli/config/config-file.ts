import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'

export type AuthEntry = {
  /** base64 of `user:password`. */
  auth?: string
  username?: string
  password?: string
  email?: string
  identitytoken?: string
  registrytoken?: string
}

/** docker's config.json: the keys that mean something here; the others are kept when it is written. */
export type ConfigContents = {
  auths?: Record<string, AuthEntry>
  HttpHeaders?: Record<string, string>
  psFormat?: string
  imagesFormat?: string
  volumesFormat?: string
  networksFormat?: string
  detachKeys?: string
  credsStore?: string
  credHelpers?: Record<string, string>
  proxies?: Record<string, ProxySettings>
  currentContext?: string
}
export type ProxySettings = {
  httpProxy?: string
  httpsProxy?: string
  noProxy?: string
  ftpProxy?: string
  allProxy?: string
}

export type ConfigFile = { directory: string; path: string; contents: ConfigContents }

/** `--config`, DOCKER_CONFIG, or ~/.docker: shared with the stock CLI, so that logins and contexts are found. */
export const configDirectory = (session: Session): string =>
  session.globals.config || session.environment['DOCKER_CONFIG'] || `${home(session)}/.docker`

const home = (session: Session): string => session.environment['HOME'] || homedir()

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
