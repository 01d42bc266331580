import type { BuildExport, BuildRequest, CacheEndpoint } from '../../../../engine/build/contract.ts'
import type { SolveRequestMessage } from '../../../../wire/buildkit/control.ts'
import type { GatewaySolveMessage } from '../../../../wire/buildkit/gateway.ts'
import { Attributes } from './attributes.ts'
import { contextsOf } from './contexts.ts'
import { buildkitFaults } from './faults.ts'
import type { SessionClient } from './session-client.ts'

type Frontend = Pick<GatewaySolveMessage, 'frontend' | 'options' | 'inputs' | 'cacheImports'>
type Solve = Pick<
  SolveRequestMessage,
  'ref' | 'exporter' | 'exporterAttributes' | 'exporters' | 'cache' | 'entitlements'
>

/** What a client asks for in BuildKit's words as the use case has it. `name`: of the session. */
export function buildRequest(solve: Solve, frontend: Frontend, client: SessionClient, name: string): BuildRequest {
  checkFrontend(frontend)
  const attributes = new Attributes(frontend.options)
  const buildArgs = attributes.below('build-arg:')
  const hostname = attributes.text('hostname') || buildArgs.BUILDKIT_SANDBOX_HOSTNAME
  return {
    ref: solve.ref,
    name,
    dockerfile: { name: attributes.text('filename') || 'Dockerfile' },
    target: attributes.text('target') || undefined,
    platforms: attributes.platforms(),
    buildArgs,
    labels: attributes.below('label:'),
    noCache: attributes.noCache(),
    // Ours: BuildKit passes over what it does not know.
    explain: attributes.text('berth-explain') === 'true',
    pull: attributes.text('image-resolve-mode') === 'pull',
    network: networkOf(attributes),
    extraHosts: attributes.extraHosts(),
    ...(hostname && { hostname }),
    limits: attributes.limits(),
    entitlements: solve.entitlements,
    contexts: contextsOf(attributes, frontend.inputs, client),
    exports: exportsOf(solve),
    cacheFrom: cacheImports(solve, frontend, attributes),
    cacheTo: cacheExports(solve, buildArgs),
    attestations: attestationsOf(attributes),
    ...callOf(attributes.text('requestid')),
    sourceDateEpoch: epochOf(buildArgs.SOURCE_DATE_EPOCH),
    client,
  }
}

/** `gateway.v0` runs an image as frontend; the image that reads Dockerfiles is built in, others are never run. */
function checkFrontend({ frontend, options }: Frontend): void {
  if (frontend === 'dockerfile.v0') return
  const source = options.source ?? ''
  const isDockerfile = /^(docker\.io\/)?docker\/dockerfile(-upstream)?(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(source)
  if (frontend !== 'gateway.v0' || !isDockerfile) throw buildkitFaults.FRONTEND(source || frontend)
}

/** What a client may ask instead of a build. */
function callOf(request: string | undefined): Pick<BuildRequest, 'call'> {
  if (!request) return {}
  if (request !== 'frontend.lint') throw buildkitFaults.REQUEST(request)
  return { call: 'check' }
}

function networkOf(attributes: Attributes): BuildRequest['network'] {
  const mode = attributes.text('force-network-mode') || 'default'
  return mode === 'sandbox' ? 'default' : mode
}

/** `moby` is what Docker's daemon calls its own image store. */
const EXPORTERS: Readonly<Record<string, BuildExport['type']>> = {
  moby: 'image',
  image: 'image',
  docker: 'docker',
  oci: 'oci',
  local: 'local',
  tar: 'tar',
}

function exportsOf({ exporters, exporter, exporterAttributes }: Solve): BuildExport[] {
  const asked = exporters.length > 0 ? exporters : [{ type: exporter, attributes: exporterAttributes }]
  return asked.flatMap(({ type, attributes }, place) => {
    if (type === '' || type === 'cacheonly') return []
    const known = Object.hasOwn(EXPORTERS, type) ? EXPORTERS[type] : undefined
    if (!known) throw buildkitFaults.EXPORTER(type)
    return [{ type: known, attributes: type === 'moby' ? withoutPush(attributes) : attributes, id: String(place) }]
  })
}

/** Docker's own exporter sends nothing anywhere: clients that name it push by themselves afterwards. */
const withoutPush = ({ push: _, ...attributes }: Record<string, string>): Record<string, string> => attributes

function cacheImports({ cache }: Solve, { cacheImports: given }: Frontend, attributes: Attributes): CacheEndpoint[] {
  const old = [...attributes.list('cache-from'), ...(cache?.importReferences ?? [])]
  return [
    ...(cache?.imports ?? []),
    ...given,
    ...importsInText(attributes.text('cache-imports')),
    ...old.map(ref => ({ type: 'registry', attributes: { ref } })),
  ]
}

/** Clients tell the frontend of caches as JSON. */
function importsInText(text: string | undefined): CacheEndpoint[] {
  if (!text) return []
  try {
    const entries = JSON.parse(text) as { Type?: unknown; Attrs?: Record<string, unknown> }[]
    return entries.map(({ Type, Attrs = {} }) => ({
      type: String(Type ?? ''),
      attributes: Object.fromEntries(Object.entries(Attrs).map(([name, value]) => [name, String(value)])),
    }))
  } catch (cause) {
    throw buildkitFaults.ATTRIBUTE('cache-imports', 'it is no JSON', { cause })
  }
}

function cacheExports({ cache }: Solve, buildArgs: Record<string, string>): CacheEndpoint[] {
  const inline = ['1', 'true'].includes(buildArgs.BUILDKIT_INLINE_CACHE ?? '')
  const asked = cache?.exports ?? []
  const old = cache?.exportReference
    ? [{ type: 'registry', attributes: { ...cache.exportAttributes, ref: cache.exportReference } }]
    : []
  const isAsked = asked.some(({ type }) => type === 'inline')
  return [...asked, ...old, ...(inline && !isAsked ? [{ type: 'inline', attributes: {} }] : [])]
}

/** `attest:provenance` = `mode=min,…`; `disabled=true` takes it back. */
function attestationsOf(attributes: Attributes): BuildRequest['attestations'] {
  const found: BuildRequest['attestations'] = {}
  for (const kind of Object.keys(attributes.below('attest:'))) {
    const pairs = attributes.list(`attest:${kind}`).map(pair => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    })
    const values = Object.fromEntries(pairs) as Record<string, string>
    if (values.disabled !== 'true') found[kind] = values
  }
  return found
}

function epochOf(text: string | undefined): number | undefined {
  if (!text) return undefined
  if (!/^\d{1,12}$/.test(text))
    throw buildkitFaults.ATTRIBUTE('SOURCE_DATE_EPOCH', `${JSON.stringify(text)} is no time`)
  return Number(text)
}
