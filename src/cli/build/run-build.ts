import { randomBytes } from 'node:crypto'
import type { Client } from '../../client/client.ts'
import { openHttp2 } from '../../client/http2.ts'
import { CONTROL, type SolveRequestMessage } from '../../wire/buildkit/control.ts'
import { SESSION_HEADERS } from '../../wire/buildkit/session.ts'
import { callOnce, openCall } from '../../wire/grpc/client.ts'
import { type ServerMethods, serveGrpc } from '../../wire/grpc/server.ts'
import { GrpcError } from '../../wire/grpc/status.ts'
import type { Http2Connection } from '../../wire/http2/connection.ts'
import { CommandFailure } from '../failures.ts'
import type { Session } from '../session.ts'
import { parseAgents } from './agents.ts'
import { frontendAttributes } from './attributes.ts'
import type { BuildOptions } from './build-options.ts'
import { type CacheEndpoint, parseCacheEndpoints } from './cache-endpoints.ts'
import { type Contexts, openContexts } from './contexts.ts'
import { type Output, outputsOf } from './outputs.ts'
import type { BuildDisplay } from './progress/build-display.ts'
import { sourceExcerpt } from './progress/source-excerpt.ts'
import { parseSecrets } from './secrets.ts'
import { agentService } from './session/agent-service.ts'
import { credentialsService } from './session/credentials-service.ts'
import { directoryService } from './session/directory-service.ts'
import { type Destination, exportService } from './session/export-service.ts'
import { healthService } from './session/health-service.ts'
import { secretService } from './session/secret-service.ts'
import { uploadService } from './session/upload-service.ts'

/** What came of a build: the exporters' words, by BuildKit's keys. */
export type BuildAnswer = { ref: string; response: Record<string, string> }

/** One build from its options to its end. Throws CommandFailure with the builder's words. */
export async function runBuild(
  session: Session,
  options: BuildOptions,
  display: BuildDisplay,
  extra: Record<string, string> = {},
): Promise<BuildAnswer> {
  using contexts = await openContexts(options)
  const outputs = outputsOf(options, session)
  const methods = servicesOf(session, options, contexts, outputs)
  const client = await session.client()
  const builder = await openHttp2(client, '/grpc', { role: 'client' })
  const id = randomBytes(12).toString('hex')
  const own = await openSession(client, id, contexts, methods)
  try {
    const request = requestOf(session, options, contexts, outputs, id)
    Object.assign(request.frontendAttributes, extra)
    return { ref: request.ref, response: await solve(builder, request, display) }
  } finally {
    builder.close()
    own.close()
  }
}

function servicesOf(session: Session, options: BuildOptions, contexts: Contexts, outputs: Output[]): ServerMethods {
  const { environment } = session
  const agents = parseAgents(options.ssh, environment)
  const destinations = destinationsOf(options, outputs)
  for (const { type, attributes } of parseCacheEndpoints(options.cacheFrom)) {
    if (type === 'local') contexts.directories.set(cacheName(attributes), cacheDirectory(attributes, 'src'))
  }
  return {
    ...healthService,
    ...directoryService(contexts.directories),
    ...credentialsService(session),
    ...secretService(parseSecrets(options.secrets, environment)),
    ...(agents.size > 0 && agentService(agents)),
    ...(contexts.uploads.size > 0 && uploadService(contexts.uploads)),
    ...(destinations.size > 0 && exportService(destinations, session)),
  }
}

/** By the place of each among its kind. */
function destinationsOf(options: BuildOptions, outputs: Output[]): Map<string, Destination> {
  const caches = parseCacheEndpoints(options.cacheTo).flatMap(({ type, attributes }, place) =>
    type === 'local'
      ? [[`cache${place}`, { kind: 'directory', path: cacheDirectory(attributes, 'dest') }] as const]
      : [],
  )
  return new Map<string, Destination>([
    ...outputs.flatMap(({ destination }, place) => (destination ? [[String(place), destination] as const] : [])),
    ...caches,
  ])
}

type CacheAttributes = CacheEndpoint['attributes']

function cacheDirectory(attributes: CacheAttributes, name: 'src' | 'dest'): string {
  const path = attributes[name]
  if (!path) throw new CommandFailure(`ERROR: ${name} is required for a cache of type local`)
  return path
}

/** What the builder asks for when it wants the cache: no name of a context looks like it. */
const cacheName = ({ src }: CacheAttributes): string => `cache:${src}`

const shared = (endpoint: CacheEndpoint): CacheEndpoint =>
  endpoint.type === 'local'
    ? { ...endpoint, attributes: { ...endpoint.attributes, directory: cacheName(endpoint.attributes) } }
    : endpoint

/** The daemon is the client of this connection: it asks for what the build needs of us. */
const openSession = (client: Client, id: string, contexts: Contexts, methods: ServerMethods) =>
  openHttp2(
    client,
    '/session',
    { role: 'server', serve: serveGrpc(methods, () => {}) },
    {
      [SESSION_HEADERS.id]: id,
      [SESSION_HEADERS.name]: headerText(contexts.name),
      [SESSION_HEADERS.sharedKey]: headerText(contexts.sharedKey),
      [SESSION_HEADERS.method]: Object.keys(methods),
    },
  )

/** `moby` is what Docker's daemon calls its own image store; that exporter never pushes. */
const exporterOf = (type: string, attributes: Readonly<Record<string, string>>): string =>
  type === 'image' && attributes['push'] !== 'true' ? 'moby' : type

const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '_')

function requestOf(session: Session, options: BuildOptions, contexts: Contexts, outputs: Output[], id: string) {
  return {
    ref: randomBytes(12).toString('hex'),
    session: id,
    frontend: 'dockerfile.v0',
    frontendAttributes: { ...frontendAttributes(options, session.environment), ...contexts.attributes },
    exporters: outputs.map(({ type, attributes }) => ({ type: exporterOf(type, attributes), attributes })),
    entitlements: [...options.entitlements],
    cache: {
      exportReference: '',
      importReferences: [],
      exportAttributes: {},
      exports: parseCacheEndpoints(options.cacheTo),
      imports: parseCacheEndpoints(options.cacheFrom).map(shared),
    },
  } satisfies Partial<SolveRequestMessage>
}

async function solve(
  builder: Http2Connection,
  request: Partial<SolveRequestMessage> & { ref: string },
  display: BuildDisplay,
): Promise<Record<string, string>> {
  const shown = show(builder, request.ref, display)
  shown.catch(() => {})
  try {
    const { exporterResponse } = await callOnce(builder, CONTROL.solve, request)
    return exporterResponse
  } catch (failure) {
    throw failure instanceof GrpcError ? asFailure(failure) : failure
  } finally {
    await shown.catch(() => {})
    display.finish()
  }
}

/** With the lines of the Dockerfile that it is about. */
function asFailure(failure: GrpcError): CommandFailure {
  const lines = [...sourceExcerpt(failure.details), `ERROR: failed to solve: ${failure.message}`]
  return new CommandFailure(lines.join('\n'), 1, failure)
}

async function show(builder: Http2Connection, ref: string, display: BuildDisplay): Promise<void> {
  const call = await openCall(builder, CONTROL.status)
  await call.send({ ref })
  await call.end()
  for await (const status of call.responses) display.show(status)
}
