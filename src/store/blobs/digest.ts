import { blobFaults } from './faults.ts'

const SHA256 = /^sha256:[0-9a-f]{64}$/

/** The hex part, which alone may become part of a path. [CVE-2024-3727] anything else that claims to be a digest is refused. */
export function hexOf(digest: string): string {
  if (!SHA256.test(digest)) throw blobFaults.MALFORMED_DIGEST(digest)
  return digest.slice('sha256:'.length)
}
