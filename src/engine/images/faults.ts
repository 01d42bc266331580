import { defineFaults } from '../../base/faults.ts'

/** Docker's texts; clients match on many of them. */
export const imageFaults = defineFaults('IMAGE', {
  /** The stock CLI pulls on this. */
  NOT_FOUND: { kind: 'not-found', message: (name: string) => `No such image: ${name}` },
  PLATFORM: {
    kind: 'not-found',
    message: (name: string, wanted: string, actual: string) =>
      `image with reference ${name} was found but does not match the specified platform: wanted ${wanted}, actual: ${actual}`,
  },
  REFERENCE_UNKNOWN: { kind: 'not-found', message: () => 'reference does not exist' },
  MANIFEST_NOT_FOUND: {
    kind: 'not-found',
    message: (name: string, cause: string) => `manifest for ${name} not found: ${cause}`,
  },
  REPOSITORY_NOT_FOUND: {
    kind: 'not-found',
    message: (name: string, cause: string) => `repository ${name} not found: ${cause}`,
  },
  PULL_DENIED: {
    kind: 'not-found',
    message: (name: string, cause: string) =>
      `pull access denied for ${name}, repository does not exist or may require 'docker login': ${cause}`,
  },
  NOTHING_TO_PUSH: {
    kind: 'not-found',
    message: (name: string) => `An image does not exist locally with the tag: ${name}`,
  },
  TAG_UNKNOWN: { kind: 'not-found', message: (name: string) => `tag does not exist: ${name}` },
  NO_CREDENTIALS: {
    kind: 'forbidden',
    message: (cause: string) => cause,
    hint: 'log in to this registry first: berth login',
  },
  REPOSITORY_IN_USE: {
    kind: 'conflict',
    message: (name: string, container: string, image: string) =>
      `conflict: unable to remove repository reference ${JSON.stringify(name)} (must force) - container ${container} is using its referenced image ${image}`,
  },
  CONFLICT: {
    kind: 'conflict',
    message: (image: string, force: 'cannot be forced' | 'must be forced', why: string) =>
      `conflict: unable to delete ${image} (${force}) - ${why}`,
  },
  TAG_WITH_DIGEST: { kind: 'invalid', message: () => 'refusing to create a tag with a digest reference' },
  IMPORT_DIGEST: { kind: 'invalid', message: () => 'cannot import digest reference' },
  AMBIGUOUS_TAG: {
    kind: 'invalid',
    message: () => 'refusing to create an ambiguous tag using digest algorithm as name',
  },
  FILTER: { kind: 'invalid', message: (key: string, value: string) => `invalid filter '${key}=[${value}]'` },
  FILTER_TIME: { kind: 'invalid', message: (why: string) => why },
  LAYERS: {
    kind: 'invalid',
    message: (layers: number, ids: number) => `invalid image: ${layers} layers in the manifest, ${ids} in the config`,
  },
  SYSTEM: {
    kind: 'invalid',
    message: (os: string) =>
      `image operating system ${JSON.stringify(os)} cannot be used on this platform: operating system is not supported`,
  },
  ARCHIVE_TAG: { kind: 'invalid', message: (tag: string) => `invalid tag ${JSON.stringify(tag)}` },
  LAYER_LOST: {
    kind: 'unavailable',
    message: (name: string) => `a layer of ${name} is no longer here`,
    hint: 'pull or load the image again',
  },
  SEARCH_LIMIT: {
    kind: 'invalid',
    message: (limit: number, most: number) => `limit ${limit} is outside the range of [1, ${most}]`,
  },
  SEARCH_STARS: {
    kind: 'invalid',
    message: (text: string) =>
      `invalid filter 'stars=${text}': strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
  },
  TOO_DEEP: { kind: 'invalid', message: () => 'max depth exceeded' },
  CHANGE: { kind: 'invalid', message: (instruction: string) => `${instruction} is not a valid change command` },
  CHANGE_SYNTAX: { kind: 'invalid', message: (instruction: string, why: string) => `${instruction}: ${why}` },
  SOURCE: { kind: 'unavailable', message: (what: string) => what },
})
