import { defineFaults } from '../../base/faults.ts'

/** The texts of distribution/reference, which clients match on. */
export const referenceFaults = defineFaults('REFERENCE', {
  FORMAT: { kind: 'invalid', message: () => 'invalid reference format' },
  UPPERCASE: {
    kind: 'invalid',
    message: (name: string) => `invalid reference format: repository name (${name}) must be lowercase`,
  },
  TOO_LONG: { kind: 'invalid', message: () => 'repository name must not be more than 255 characters' },
  HEX: {
    kind: 'invalid',
    message: (name: string) => `invalid repository name (${name}), cannot specify 64-byte hexadecimal strings`,
  },
  PATTERN: { kind: 'invalid', message: () => 'syntax error in pattern' },
  TAG: { kind: 'invalid', message: () => 'invalid tag format' },
})
