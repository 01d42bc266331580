import { defineFaults } from '../../../base/faults.ts'

export const imageArchiveFaults = defineFaults('IMAGE_ARCHIVE', {
  NO_IMAGE: {
    kind: 'invalid',
    message: () => 'the archive holds no image: there is neither a manifest.json nor an index.json in it',
  },
  LINK: { kind: 'invalid', message: (name: string) => `the archive has ${name} as a link` },
  MEMBER: {
    kind: 'invalid',
    message: (name: string, type: string) => `unexpected ${type} in an image archive: ${name}`,
  },
  TWICE: { kind: 'invalid', message: (name: string) => `the archive has ${name} twice` },
  MISSING: { kind: 'invalid', message: (name: string) => `open ${name}: no such file or directory in the archive` },
  TOO_LARGE: { kind: 'invalid', message: (name: string, most: number) => `${name} is larger than ${most} bytes` },
  DIGEST: {
    kind: 'invalid',
    message: (name: string, found: string) => `content does not match its digest: ${name} has ${found}`,
  },
  DIFF_ID: {
    kind: 'invalid',
    message: (index: number, expected: string, found: string) =>
      `invalid diffID for layer ${index}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(found)}`,
  },
  LAYER_COUNT: {
    kind: 'invalid',
    message: () => "invalid manifest, layers length mismatch: layers from manifest don't match image configuration",
  },
  DOCUMENT: { kind: 'invalid', message: (name: string, what: string) => `invalid ${name}: ${what}` },
})
