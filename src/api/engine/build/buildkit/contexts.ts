import type { ContextSource } from '../../../../engine/build/contract.ts'
import { type Digest, isDigest } from '../../../../formats/digest/digest.ts'
import { type DefinitionMessage, Operation } from '../../../../wire/buildkit/operations.ts'
import type { Attributes } from './attributes.ts'
import { buildkitFaults } from './faults.ts'
import type { SessionClient } from './session-client.ts'

type Inputs = Readonly<Record<string, DefinitionMessage>>

/** Where a session serves what a client pipes in. */
const UPLOAD = 'http://buildkit-session/'
/** The result of another build as we name it to clients: they hand it back as the input of the next. */
const RESULT = 'berth-result://'

/** Every context of a build, by name. */
export function contextsOf(
  attributes: Attributes,
  inputs: Inputs,
  client: SessionClient,
): Record<string, ContextSource> {
  const source = (name: string, value: string) => namedSource(name, value, inputs, client)
  const contexts: Record<string, ContextSource> = Object.create(null)
  for (const [name, value] of Object.entries(attributes.below('context:'))) contexts[name] = source(name, value)
  const main = attributes.text('context')
  contexts.context = main
    ? source('context', main)
    : { kind: 'client', name: attributes.text('contextkey') ?? 'context' }
  const dockerfile = attributes.text('dockerfilekey')
  if (dockerfile !== undefined) contexts.dockerfile = { kind: 'client', name: dockerfile }
  else if (!main) contexts.dockerfile = { kind: 'client', name: 'dockerfile' }
  for (const name of ['context', 'dockerfile']) {
    const input = inputs[name]
    if (input) contexts[name] = resultOf(name, input)
  }
  return contexts
}

function namedSource(name: string, value: string, inputs: Inputs, client: SessionClient): ContextSource {
  if (value.startsWith(UPLOAD)) {
    const { pathname, host } = new URL(value)
    return { kind: 'tar', body: client.upload(pathname, host), mayBeText: true }
  }
  if (value.startsWith('local:')) return { kind: 'client', name: value.slice('local:'.length) }
  if (value.startsWith('docker-image://')) return { kind: 'image', reference: value.slice('docker-image://'.length) }
  if (value.startsWith('oci-layout://')) return layoutOf(name, value)
  if (value.startsWith('input:')) return inputOf(name, value.slice('input:'.length), inputs)
  if (isGitUrl(value)) return { kind: 'git', url: value }
  if (/^https?:\/\//.test(value)) return { kind: 'http', url: value }
  throw buildkitFaults.ATTRIBUTE(`context:${name}`, `unsupported context source ${value.split(':', 1)[0]}`)
}

/** As BuildKit tells a repository from a file: by scheme, by suffix, by host. */
const isGitUrl = (value: string): boolean =>
  /^(git:\/\/|ssh:\/\/|git@|[\w.-]+@[\w.-]+:)/.test(value) ||
  /^(https?:\/\/)?github\.com\//.test(value) ||
  /^https?:\/\/[^#?]+\.git([#?]|$)/.test(value)

function layoutOf(name: string, value: string): ContextSource {
  const digest = value.slice(value.lastIndexOf('@') + 1)
  if (!isDigest(digest)) throw buildkitFaults.ATTRIBUTE(`context:${name}`, 'an OCI layout is named by its digest')
  return { kind: 'oci-layout', digest, content: unreadable }
}

/** Clients with this driver have no content store to offer; newer ones may. */
async function* unreadable(_: Digest): AsyncGenerator<Uint8Array, void> {
  yield* []
  throw buildkitFaults.NO_SERVICE('content store')
}

function inputOf(name: string, key: string, inputs: Inputs): ContextSource {
  const input = Object.hasOwn(inputs, key) ? inputs[key] : undefined
  if (!input) throw buildkitFaults.INPUT(name)
  return resultOf(name, input)
}

/** A definition that a client hands back: one of ours names a result, other steps are not taken. */
function resultOf(name: string, { operations }: DefinitionMessage): ContextSource {
  const identifiers = operations.map(bytes => Operation.decode(bytes).source?.identifier).filter(found => found)
  const [only] = identifiers
  if (identifiers.length !== 1 || !only?.startsWith(RESULT)) throw buildkitFaults.INPUT(name)
  return { kind: 'result', ref: only.slice(RESULT.length) }
}

/** What stands for the result of a build in the language of steps. */
export const resultIdentifier = (ref: string): string => `${RESULT}${ref}`
