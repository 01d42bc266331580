import type { ConfigFile } from './config/config-file-shape.ts'

export type Environment = Record<string, string | undefined>

/** The values of the flags before the command. */
export type GlobalFlags = {
  config: string
  context: string
  debug: boolean
  host: string[]
  'log-level': string
  tls: boolean
  tlscacert: string
  tlscert: string
  tlskey: string
  tlsverify: boolean
}

/** What decides which daemon is asked and how. */
export type Settings = {
  readonly environment: Environment
  readonly globals: GlobalFlags
  config: () => Promise<ConfigFile>
}
