import { defineFaults } from '../../../base/faults.ts'

export const exportFaults = defineFaults('EXPORT', {
  ATTRIBUTE: {
    kind: 'invalid',
    message: (name: string, value: string) => `invalid value ${JSON.stringify(value)} for ${name} of the output`,
  },
  COMPRESSION: {
    kind: 'invalid',
    message: (name: string) => `unsupported layer compression type: ${name}`,
    hint: 'gzip, zstd and uncompressed are there',
  },
  DOCKER_ZSTD: { kind: 'invalid', message: () => 'zstd layers need oci-mediatypes=true' },
  NO_NAME: { kind: 'invalid', message: () => "can't push: the output has no name" },
  INDEX_NOT_PUSHED: {
    kind: 'invalid',
    message: () => 'an image of several platforms or with attestations does not fit into the image store',
    hint: 'push it (--push), or write it into a file (-o type=oci,dest=…)',
  },
  ATTESTATION: { kind: 'invalid', message: (type: string) => `${type} outputs carry no attestations` },
  SEVERAL_PLATFORMS: {
    kind: 'invalid',
    message: (type: string) => `docker exporter does not currently support exporting manifest lists: ${type}`,
    hint: 'use the oci output for several platforms',
  },
})
