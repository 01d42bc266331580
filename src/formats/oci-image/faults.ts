import { defineFaults } from '../../base/faults.ts'

export const ociImageFaults = defineFaults('OCI_IMAGE', {
  MANIFEST: { kind: 'invalid', message: (what: string) => `invalid manifest: ${what}` },
  CONFIG: { kind: 'invalid', message: (what: string) => `invalid image config: ${what}` },
  MEDIA_TYPE: { kind: 'invalid', message: (mediaType: string) => `unsupported media type ${mediaType}` },
  SCHEMA_1: {
    kind: 'invalid',
    message: () => 'Docker Image Format v1, and Docker Image manifest version 2, schema 1 support has been removed.',
    hint: 'push the image again with a builder of the last years',
  },
  /** Docker's own text for an image of a plugin, a chart or another artifact. */
  ARTIFACT: {
    kind: 'invalid',
    message: (configType: string) => `invalid manifest: "${configType}" is not the config of a container image`,
  },
})
