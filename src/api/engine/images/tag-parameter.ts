import { imageFaults } from '../../../engine/images/faults.ts'
import { isDigest } from '../../../formats/digest/digest.ts'
import {
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
  withDigest,
  withTag,
} from '../../../formats/reference/reference.ts'

/** `repo` and `tag`, which together name a tag to set; none where there is no repo. */
export function tagReference(repo: string | undefined, tag: string | undefined): Reference | undefined {
  if (!repo) return undefined
  const reference = parseReference(repo)
  if (reference.digest) throw imageFaults.IMPORT_DIGEST()
  return tag ? withTag(reference, tag) : withDefaultTag(reference)
}

/** `fromImage` and `tag`, where the tag may be a digest; without any, all tags are meant. `pull -a` sends a colon at the end. */
export function pullReference(image: string, tag: string | undefined): Reference {
  const reference = parseReference(image.replace(/:$/, ''))
  if (!tag) return reference
  if (isDigest(tag)) return withDigest(repositoryOf(reference), tag)
  return withTag(reference, tag)
}
