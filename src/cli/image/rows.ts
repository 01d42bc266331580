import { formatBytes } from '../../base/units.ts'
import type { ImageSummary } from '../../formats/engine-api/image.ts'
import type { Methods } from '../../formats/go-template/values.ts'
import { familiarName, parseReference } from '../../formats/reference/reference.ts'
import { agoFromSeconds, goTime, truncateId } from '../format/fields.ts'
import type { RowShape } from '../format/list.ts'

export type ImageRow = { image: ImageSummary; repository: string; tag: string; digest: string }

const NONE = '<none>'
const HEADERS = {
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  Containers: 'CONTAINERS',
  VirtualSize: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
}

export const imageRows = (truncates: boolean): RowShape<ImageRow> => ({
  typeName: '*formatter.imageContext',
  headers: HEADERS,
  fields: row => fieldsOf(row, truncates),
})

function fieldsOf({ image, repository, tag, digest }: ImageRow, truncates: boolean): Methods {
  const unlessUnknown = (size: number) => (size < 0 ? 'N/A' : formatBytes(size, 4))
  return {
    ID: () => (truncates ? truncateId(image.Id) : image.Id),
    Repository: () => repository,
    Tag: () => tag,
    Digest: () => digest,
    CreatedSince: () => agoFromSeconds(image.Created),
    CreatedAt: () => goTime(image.Created),
    Size: () => formatBytes(image.Size),
    Containers: () => (image.Containers === -1 ? 'N/A' : String(image.Containers)),
    VirtualSize: () => formatBytes(image.Size, 4),
    SharedSize: () => unlessUnknown(image.SharedSize),
    UniqueSize: () => (image.SharedSize === -1 ? 'N/A' : unlessUnknown(image.Size - image.SharedSize)),
  }
}

/** One row for each name of an image; for each digest too where digests are shown. Images without a name have one row. */
export function rowsOf(image: ImageSummary, showsDigests: boolean, asksForDigests: boolean): ImageRow[] {
  if (isDangling(image)) return [{ image, repository: NONE, tag: NONE, digest: NONE }]
  const tags = grouped(image.RepoTags ?? [], 'tag')
  const digests = grouped(image.RepoDigests ?? [], 'digest')
  const rows: ImageRow[] = []
  for (const [repository, names] of tags) {
    const known = asksForDigests ? (digests.get(repository) ?? [NONE]) : [NONE]
    digests.delete(repository)
    for (const tag of names) for (const digest of known) rows.push({ image, repository, tag, digest })
  }
  for (const [repository, known] of digests) {
    const shown = showsDigests ? known : ['']
    for (const digest of shown) rows.push({ image, repository, tag: NONE, digest })
  }
  return rows
}

export function isDangling({ RepoTags, RepoDigests }: ImageSummary): boolean {
  const [tags, digests] = [RepoTags ?? [], RepoDigests ?? []]
  if (tags.length === 0 && digests.length === 0) return true
  return tags.length === 1 && tags[0] === '<none>:<none>' && digests.length === 1 && digests[0] === '<none>@<none>'
}

function grouped(names: string[], part: 'tag' | 'digest'): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const [repository, value] = partsOf(name, part)
    if (value) groups.set(repository, [...(groups.get(repository) ?? []), value])
  }
  return groups
}

function partsOf(name: string, part: 'tag' | 'digest'): [string, string | undefined] {
  try {
    const reference = parseReference(name)
    return [familiarName(reference), reference[part]]
  } catch {
    return ['', undefined]
  }
}
