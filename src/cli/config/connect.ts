import { existsSync, readFileSync } from 'node:fs'
import { version } from '../../../package.json'
import { Client } from '../../client/client.ts'
import { DEFAULT_HOST, type Endpoint, parseHost, type TlsSettings } from '../../client/endpoint.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'
import { configDirectory } from './config-file.ts'
import { contextEndpoint } from './contexts.ts'

/** A client for the daemon that flags, environment and contexts name. Throws before anything is sent when they contradict each other. */
export async function connect(session: Session): Promise<Client> {
  const { contents } = await session.config()
  return new Client({
    endpoint: await findEndpoint(session),
    version: session.environment['DOCKER_API_VERSION'] || undefined,
    headers: { ...contents.HttpHeaders, ...customHeaders(session.environment['DOCKER_CUSTOM_HEADERS']) },
    userAgent: `Berth-Client/${version} (linux)`,
  })
}

/** The name of the context in use, as `docker context show` says it. */
export async function currentContext(session: Session): Promise<string> {
  const { globals, environment } = session
  if (globals.context && globals.host.length > 0) {
    throw initialisation('conflicting options: cannot specify both --host and --context')
  }
  if (globals.context) return globals.context
  if (globals.host.length > 0 || hostVariable(session)) return 'default'
  return environment['DOCKER_CONTEXT'] || (await session.config()).contents.currentContext || 'default'
}

async function findEndpoint(session: Session): Promise<Endpoint> {
  if (session.globals.host.length > 1) throw initialisation('specify only one -H')
  const context = await currentContext(session)
  try {
    if (context !== 'default') return contextEndpoint(configDirectory(session), context)
    return parseHost(session.globals.host[0] ?? hostVariable(session) ?? DEFAULT_HOST, tlsSettings(session))
  } catch (failure) {
    throw initialisation(messageOf(failure))
  }
}

const hostVariable = (session: Session): string | undefined =>
  session.environment['BERTH_HOST'] || session.environment['DOCKER_HOST'] || undefined

const initialisation = (reason: string): CommandFailure => new CommandFailure(`Failed to initialize: ${reason}`)

function tlsSettings(session: Session): TlsSettings | undefined {
  const { globals, environment } = session
  const verify = globals.tlsverify || Boolean(environment['DOCKER_TLS_VERIFY'])
  if (!verify && !globals.tls && !environment['DOCKER_TLS']) return undefined
  const directory = environment['DOCKER_CERT_PATH'] || configDirectory(session)
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
