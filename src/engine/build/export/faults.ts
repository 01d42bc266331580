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
  SEVERAL_PLATFORMS: {
    kind: 'invalid',
    message: (type: string) => `docker exporter does not currently support exporting manifest lists: ${type}`,
    hint: 'use the oci output for several platforms',
  },
})
