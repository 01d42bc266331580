import type { Hash } from 'node:crypto'
import { defineFaults } from '../../base/faults.ts'

/** `algorithm:hex`, checked: safe as a file name part and in a URL. Source: image-spec descriptor.md#digests, go-digest's texts. */
export type Digest = `${DigestAlgorithm}:${string}`
export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512'

export const digestFaults = defineFaults('DIGEST', {
  FORMAT: { kind: 'invalid', message: () => 'invalid checksum digest format' },
  LENGTH: { kind: 'invalid', message: () => 'invalid checksum digest length' },
  UNSUPPORTED: { kind: 'invalid', message: () => 'unsupported digest algorithm' },
})

/** Loaded when the first hash is made: commands that only read names would pay milliseconds for it at their start. */
const createHash = (algorithm: DigestAlgorithm): Hash => process.getBuiltinModule('node:crypto').createHash(algorithm)

const HEX_LENGTH: Record<DigestAlgorithm, number> = { sha256: 64, sha384: 96, sha512: 128 }
const SHAPE = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/

/** Throws digestFaults. A digest from outside becomes a path or a URL only after this. */
export function parseDigest(text: unknown): Digest {
  if (typeof text !== 'string' || !SHAPE.test(text)) throw digestFaults.FORMAT()
  const [algorithm = '', hex = ''] = text.split(':')
  if (!isAlgorithm(algorithm)) throw digestFaults.UNSUPPORTED()
  if (hex.length !== HEX_LENGTH[algorithm]) throw digestFaults.LENGTH()
  if (!/^[a-f0-9]+$/.test(hex)) throw digestFaults.FORMAT()
  return `${algorithm}:${hex}`
}

export function isDigest(text: unknown): text is Digest {
  try {
    parseDigest(text)
    return true
  } catch {
    return false
  }
}

export const digestAlgorithm = (digest: Digest): DigestAlgorithm =>
  digest.slice(0, digest.indexOf(':')) as DigestAlgorithm
export const digestOf = (bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
export const matchesDigest = (bytes: Uint8Array | string, digest: Digest): boolean =>
  digestOf(bytes, digestAlgorithm(digest)) === digest
export const hasherOf = (digest: Digest): Hash => createHash(digestAlgorithm(digest))

const isAlgorithm = (text: string): text is DigestAlgorithm => Object.hasOwn(HEX_LENGTH, text)
