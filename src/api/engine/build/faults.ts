import { defineFaults } from '../../../base/faults.ts'

export const buildDoorFaults = defineFaults('IMAGE_BUILD', {
  JSON: { kind: 'invalid', message: (what: string, why: string) => `error reading ${what}: ${why}` },
  SQUASH: { kind: 'invalid', message: () => 'squash is only supported with experimental mode' },
  SESSION: {
    kind: 'invalid',
    message: () => 'a build over a session has to be asked for by the gRPC API',
    hint: 'POST /grpc and POST /session',
  },
  EPOCH: { kind: 'invalid', message: (value: string) => `invalid SOURCE_DATE_EPOCH: ${value}` },
})
