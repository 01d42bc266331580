import { nowNanoseconds, parseMoment, parseTimestamp, TimestampError } from '../../base/timestamps.ts'
import type { ImageSummary } from '../../formats/engine-api/image.ts'
import { matchesReference } from '../../formats/reference/match.ts'
import type { Reference } from '../../formats/reference/reference.ts'
import type { Layers } from '../../store/layers/layers.ts'
import { imageSize, repoDigests, repoTags, unixSeconds } from './describe-image.ts'
import { imageFaults } from './faults.ts'
import { findImage } from './find-image.ts'
import type { UsersOf } from './image.ts'
import type { ImageRecords, StoredImage } from './image-records.ts'

export const IMAGE_FILTERS = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'] as const
export type ImageFilters = ReadonlyMap<string, readonly string[]>
export type ListQuery = { all?: boolean; sharedSize?: boolean; containerCount?: boolean; filters?: ImageFilters }
type Needs = { records: ImageRecords; layers: Layers; usersOf: UsersOf }
type Chosen = { image: StoredImage; references: Reference[] }

/** Newest first, by Docker's rules (moby, daemon/images/images.go). Throws imageFaults. */
export function listImages(needs: Needs, query: ListQuery): ImageSummary[] {
  const filters = query.filters ?? new Map<string, readonly string[]>()
  const accepts = conditions(needs.records, filters)
  const shared = query.sharedSize ? sharedLayers(needs.records) : undefined
  const parents = new Set(needs.records.all().map(({ parent }) => parent))
  return needs.records
    .all()
    .filter(accepts)
    .map(image => choose(needs.records, image, filters))
    .filter(chosen => isListed(chosen, filters, query.all || !parents.has(chosen.image.id)))
    .sort((a, b) => compare(instant(b.image.created), instant(a.image.created)))
    .map(chosen => summary(needs, chosen, query, shared))
}

function choose(records: ImageRecords, image: StoredImage, filters: ImageFilters): Chosen {
  const patterns = filters.get('reference') ?? []
  const references = records.referencesOf(image.id)
  if (patterns.length === 0) return { image, references }
  return { image, references: references.filter(item => patterns.some(pattern => matchesReference(pattern, item))) }
}

function isListed({ references }: Chosen, filters: ImageFilters, showNameless: boolean): boolean {
  const dangling = danglingOnly(filters)
  if (references.length > 0) return !(dangling && references.some(({ digest }) => !digest))
  return showNameless && dangling !== false && !filters.has('reference')
}

/** undefined: not asked for. */
function danglingOnly(filters: ImageFilters): boolean | undefined {
  const values = filters.get('dangling')
  if (values === undefined || values.length === 0) return undefined
  const [value = ''] = values
  if (values.length === 1 && ['1', 'true'].includes(value)) return true
  if (values.length === 1 && ['0', 'false'].includes(value)) return false
  throw imageFaults.FILTER('dangling', values.join(' '))
}

function conditions(records: ImageRecords, filters: ImageFilters): (image: StoredImage) => boolean {
  danglingOnly(filters)
  for (const pattern of filters.get('reference') ?? []) matchesReference(pattern, { domain: 'docker.io', path: 'a' })
  const createdOf = (name: string) => instant(findImage(records, name).created)
  const before = (filters.get('before') ?? []).map(createdOf)
  const since = (filters.get('since') ?? []).map(createdOf)
  const until = (filters.get('until') ?? []).map(readMoment)
  return image => {
    const created = instant(image.created)
    return (
      before.every(time => created < time) &&
      since.every(time => created > time) &&
      until.every(time => created < time) &&
      hasLabels(image, filters.get('label') ?? []) &&
      (!filters.has('label!') || !hasLabels(image, filters.get('label!') ?? []))
    )
  }
}

export function hasLabels(image: StoredImage, wanted: readonly string[]): boolean {
  const labels = image.config.config.Labels ?? {}
  return wanted.every(item => {
    const [key = '', value] = splitOnce(item)
    return Object.hasOwn(labels, key) && (value === undefined || labels[key] === value)
  })
}

function splitOnce(text: string): [string, string?] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)]
}

/** Nanoseconds; an image without a time is older than any other. */
const instant = (time: string): bigint => (time ? parseTimestamp(time) : -(2n ** 63n))

function readMoment(text: string): bigint {
  try {
    return parseMoment(text, nowNanoseconds())
  } catch (cause) {
    if (cause instanceof TimestampError) throw imageFaults.FILTER_TIME(cause.message, { cause })
    throw cause
  }
}

function summary(
  { layers, usersOf }: Needs,
  { image, references }: Chosen,
  query: ListQuery,
  shared: Set<string> | undefined,
): ImageSummary {
  return {
    Containers: query.containerCount ? usersOf(image.id).length : -1,
    Created: image.created ? unixSeconds(image.created) : 0,
    Id: image.id,
    Labels: image.config.config.Labels ?? null,
    ParentId: image.parent,
    RepoDigests: repoDigests(references),
    RepoTags: repoTags(references),
    SharedSize: shared ? imageSize({ diffIds: image.diffIds.filter(diffId => shared.has(diffId)) }, layers) : -1,
    Size: imageSize(image, layers),
    VirtualSize: imageSize(image, layers),
  }
}

/** Layers that more than one image has. */
function sharedLayers(records: ImageRecords): Set<string> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const image of records.all()) {
    for (const diffId of new Set(image.diffIds)) (seen.has(diffId) ? shared : seen).add(diffId)
  }
  return shared
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
