import { type Digest, isDigest, parseDigest } from '../digest/digest.ts'
import { referenceFaults } from './faults.ts'

/**
 * The full name of an image: `docker.io/library/busybox:latest@sha256:…`. What a person types (`busybox`) is its familiar form.
 * Source: distribution/reference, reference.go and normalize.go.
 */
export type Reference = {
  /** Host with optional port: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string
  /** Without the domain: `library/busybox`. */
  readonly path: string
  readonly tag?: string
  readonly digest?: Digest
}

/** What a person may mean by a text that names an image: a full id, or a reference (which may also be the start of an id). */
export type ImageName = { kind: 'id'; digest: Digest } | { kind: 'reference'; reference: Reference }

export const DEFAULT_DOMAIN = 'docker.io'
export const DEFAULT_TAG = 'latest'
const LEGACY_DOMAIN = 'index.docker.io'
const OFFICIAL_PREFIX = 'library/'
const PATH_MAX = 255

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const DOMAIN = `(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const PATH = `${COMPONENT}(?:/${COMPONENT})*`
const TAG = '[\\w][\\w.-]{0,127}'
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const REFERENCE = new RegExp(`^(${DOMAIN})/(${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`)
const WHOLE_TAG = new RegExp(`^${TAG}$`)
const FULL_HEX = /^[a-f0-9]{64}$/
/** Longer texts cannot be valid and are not given to the expressions above. */
const TEXT_MAX = 4096

/** Reads a name as a person types it. Throws referenceFaults, digestFaults. */
export function parseReference(text: string): Reference {
  if (text.length > TEXT_MAX) throw referenceFaults.FORMAT()
  if (FULL_HEX.test(text)) throw referenceFaults.HEX(text)
  const { domain, rest } = splitDomain(text)
  const name = rest.split(':', 1)[0] ?? ''
  if (name.toLowerCase() !== name) throw referenceFaults.UPPERCASE(name)
  const parts = REFERENCE.exec(`${domain}/${rest}`)
  if (!parts) throw referenceFaults.FORMAT()
  return fromParts(parts[1] ?? '', parts[2] ?? '', parts[3], parts[4])
}

/** Reads a text that may also be a full image id, with or without `sha256:`. Throws as parseReference does. */
export function parseImageName(text: string): ImageName {
  if (FULL_HEX.test(text)) return { kind: 'id', digest: `sha256:${text}` }
  if (isDigest(text)) return { kind: 'id', digest: text }
  return { kind: 'reference', reference: parseReference(text) }
}

/** `latest` where there is neither tag nor digest. */
export const withDefaultTag = (reference: Reference): Reference =>
  reference.tag || reference.digest ? reference : { ...reference, tag: DEFAULT_TAG }

export const withDigest = (reference: Reference, digest: Digest): Reference => ({ ...reference, digest })

/** Throws referenceFaults.TAG. */
export function withTag(reference: Reference, tag: string): Reference {
  if (!WHOLE_TAG.test(tag)) throw referenceFaults.TAG()
  return { ...reference, tag }
}

export const isTaggedOrDigested = ({ tag, digest }: Reference): boolean => tag !== undefined || digest !== undefined

/** Only domain and path. */
export const repositoryOf = ({ domain, path }: Reference): Reference => ({ domain, path })

/** The full name, `docker.io/library/busybox:latest`: the form to store and to compare. */
export const canonical = (reference: Reference): string => `${reference.domain}/${reference.path}${suffix(reference)}`

/** The name as people and Docker's API write it: `busybox:latest`, `localhost:5000/a`. */
export const familiar = (reference: Reference): string => familiarName(reference) + suffix(reference)

/** The familiar name without tag and digest. */
export function familiarName({ domain, path }: Reference): string {
  if (domain !== DEFAULT_DOMAIN) return `${domain}/${path}`
  const official = path.startsWith(OFFICIAL_PREFIX) ? path.slice(OFFICIAL_PREFIX.length) : path
  return official.includes('/') ? path : official
}

const suffix = ({ tag, digest }: Reference): string => (tag ? `:${tag}` : '') + (digest ? `@${digest}` : '')

function fromParts(domain: string, path: string, tag: string | undefined, digest: string | undefined): Reference {
  if (path.length > PATH_MAX) throw referenceFaults.TOO_LONG()
  return { domain, path, ...(tag && { tag }), ...(digest && { digest: parseDigest(digest) }) }
}

function splitDomain(text: string): { domain: string; rest: string } {
  const slash = text.indexOf('/')
  if (slash < 0) return { domain: DEFAULT_DOMAIN, rest: OFFICIAL_PREFIX + text }
  const first = text.slice(0, slash)
  if (!looksLikeDomain(first)) return { domain: DEFAULT_DOMAIN, rest: text }
  const domain = first === LEGACY_DOMAIN ? DEFAULT_DOMAIN : first
  const rest = text.slice(slash + 1)
  return { domain, rest: domain === DEFAULT_DOMAIN && !rest.includes('/') ? OFFICIAL_PREFIX + rest : rest }
}

/** Capitals are not allowed in a path, so a first part with one is a host. */
const looksLikeDomain = (first: string): boolean =>
  first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first
