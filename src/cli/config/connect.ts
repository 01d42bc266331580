import { existsSync, readFileSync } from 'node:fs'
import { version } from '../../../package.json'
import { Client } from '../../client/client.ts'
import { DEFAULT_HOST, type Endpoint, type TlsSettings } from '../../client/endpoint.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Settings } from '../settings.ts'
import { configDirectory } from './config-file.ts'
import { endpointOf } from './endpoint-of.ts'

/** A client for the daemon that flags, environment and contexts name. Throws before anything is sent when they contradict each other. */
export async function connect(settings: Settings): Promise<Client> {
  const { contents } = await settings.config()
  return new Client({
    endpoint: await findEndpoint(settings),
    version: settings.environment['DOCKER_API_VERSION'] || undefined,
    headers: { ...contents.HttpHeaders, ...customHeaders(settings.environment['DOCKER_CUSTOM_HEADERS']) },
    userAgent: `Berth-Client/${version} (linux)`,
  })
}

/** The name of the context in use, as `docker context show` says it. */
export async function currentContext(settings: Settings): Promise<string> {
  const { globals, environment } = settings
  if (globals.context && globals.host.length > 0) {
    throw new CommandFailure('conflicting options: cannot specify both --host and --context')
  }
  if (globals.context) return globals.context
  if (globals.host.length > 0 || hostVariable(settings)) return 'default'
  return environment['DOCKER_CONTEXT'] || (await settings.config()).contents.currentContext || 'default'
}

async function findEndpoint(settings: Settings): Promise<Endpoint> {
  if (settings.globals.host.length > 1) throw initialisation('unable to resolve docker endpoint: Specify only one -H')
  const context = await currentContext(settings)
  try {
    if (context !== 'default') return await endpointIn(context, settings)
    return await endpointOf(defaultHost(settings), tlsSettings(settings))
  } catch (failure) {
    throw initialisation(messageOf(failure))
  }
}

async function endpointIn(context: string, settings: Settings): Promise<Endpoint> {
  const { contextEndpoint } = await import('./contexts.ts')
  try {
    return await contextEndpoint(configDirectory(settings), context)
  } catch (failure) {
    throw new CommandFailure(`unable to resolve docker endpoint: ${messageOf(failure)}`)
  }
}

/** The daemon where no context is used. */
export const defaultHost = (settings: Settings): string =>
  settings.globals.host[0] ?? hostVariable(settings) ?? DEFAULT_HOST

const hostVariable = (settings: Settings): string | undefined =>
  settings.environment['BERTH_HOST'] || settings.environment['DOCKER_HOST'] || undefined

const initialisation = (reason: string): CommandFailure => new CommandFailure(`Failed to initialize: ${reason}`)

function tlsSettings(settings: Settings): TlsSettings | undefined {
  const { globals, environment } = settings
  const verify = globals.tlsverify || Boolean(environment['DOCKER_TLS_VERIFY'])
  if (!verify && !globals.tls && !environment['DOCKER_TLS']) return undefined
  const directory = environment['DOCKER_CERT_PATH'] || configDirectory(settings)
  const pem = (given: string, name: string) => readPem(given, `${directory}/${name}`)
  return {
    verify,
    ca: verify ? pem(globals.tlscacert, 'ca.pem') : undefined,
    cert: pem(globals.tlscert, 'cert.pem'),
    key: pem(globals.tlskey, 'key.pem'),
  }
}

function readPem(given: string, byDefault: string): string | undefined {
  if (!given && !existsSync(byDefault)) return undefined
  try {
    return readFileSync(given || byDefault, 'utf8')
  } catch (failure) {
    throw initialisation(`unable to resolve docker endpoint: ${messageOf(failure)}`)
  }
}

/** `name=value` pairs separated by commas. */
function customHeaders(text: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of text ? text.split(',') : []) {
    const at = pair.indexOf('=')
    if (at <= 0) throw initialisation(`invalid custom headers: missing value in ${JSON.stringify(pair)}`)
    headers[pair.slice(0, at).trim()] = pair.slice(at + 1)
  }
  return headers
}
