import type { Digest } from '../../../formats/digest/digest.ts'
import { formatPlatform, hostPlatform, type Platform } from '../../../formats/platform/platform.ts'
import { canonical, parseReference, withDefaultTag } from '../../../formats/reference/reference.ts'
import type { BuildRequest } from '../contract.ts'

/** An image that a build stood on. */
export type Material = { reference: string; platform: Platform; digest?: Digest }
export type ProvenanceFacts = {
  request: Pick<BuildRequest, 'ref' | 'dockerfile' | 'target' | 'buildArgs' | 'labels'>
  materials: readonly Material[]
  started: Date
  /** Kept with `mode=max` only, as are build arguments. */
  definition: { name: string; text: string }
}

export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v0.2'
const BUILD_TYPE = 'https://mobyproject.org/buildkit@v1'

/** How the image came about, as an in-toto statement in BuildKit's form. Source: slsa.dev, provenance v0.2. */
export function provenanceStatement(
  { request, materials, started, definition }: ProvenanceFacts,
  attributes: Readonly<Record<string, string>>,
  names: readonly string[],
  platform: Platform,
  manifest: Digest,
): Buffer {
  const isMax = attributes.mode === 'max'
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: PROVENANCE_TYPE,
    subject: names.map(name => ({ name: packageUrl(name, platform), digest: digestSet(manifest) })),
    predicate: {
      builder: { id: attributes['builder-id'] ?? '' },
      buildType: BUILD_TYPE,
      materials: materials.map(one => ({
        uri: packageUrl(one.reference, one.platform),
        ...(one.digest && { digest: digestSet(one.digest) }),
      })),
      invocation: {
        configSource: { entryPoint: request.dockerfile.name },
        parameters: { frontend: 'dockerfile.v0', ...(isMax && { args: argumentsOf(request) }), locals: LOCALS },
        environment: { platform: formatPlatform(hostPlatform()) },
      },
      metadata: {
        buildInvocationID: request.ref,
        buildStartedOn: started.toISOString(),
        buildFinishedOn: new Date().toISOString(),
        completeness: { parameters: isMax, environment: true, materials: false },
        reproducible: attributes.reproducible === 'true',
        ...(isMax && { [`${BUILD_TYPE}#metadata`]: { source: sourceOf(definition) } }),
      },
    },
  }
  return Buffer.from(JSON.stringify(statement))
}

const LOCALS = [{ name: 'context' }, { name: 'dockerfile' }]

const argumentsOf = ({ target, buildArgs, labels }: ProvenanceFacts['request']): Record<string, string> => ({
  ...(target && { target }),
  ...Object.fromEntries(Object.entries(buildArgs).map(([name, value]) => [`build-arg:${name}`, value])),
  ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label:${name}`, value])),
})

const sourceOf = ({ name, text }: ProvenanceFacts['definition']) => ({
  infos: [{ filename: name, language: 'Dockerfile', data: Buffer.from(text).toString('base64') }],
})

const digestSet = (digest: Digest): Record<string, string> => {
  const [algorithm = '', hex = ''] = digest.split(':')
  return { [algorithm]: hex }
}

/** `pkg:docker/name@tag?platform=linux%2Famd64`. Source: package-url/purl-spec. */
function packageUrl(name: string, platform: Platform): string {
  const reference = withDefaultTag(parseReference(name))
  const { tag = '' } = reference
  const repository = canonical(reference)
    .replace(/^docker\.io\/(library\/)?/, '')
    .slice(0, tag ? -tag.length - 1 : undefined)
  const version = tag ? `@${encodeURIComponent(tag)}` : ''
  return `pkg:docker/${repository}${version}?platform=${encodeURIComponent(formatPlatform(platform))}`
}
