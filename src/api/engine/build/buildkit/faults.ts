import { defineFaults } from '../../../../base/faults.ts'

/** Texts of BuildKit where it has one. */
export const buildkitFaults = defineFaults('BUILDKIT', {
  NO_SESSION: { kind: 'not-found', message: (id: string) => `no active session for ${id}: context deadline exceeded` },
  SESSION_ID: { kind: 'invalid', message: (why: string) => `invalid session: ${why}` },
  SESSION_EXISTS: { kind: 'conflict', message: (id: string) => `session ${id} exists already` },
  SESSIONS: { kind: 'exhausted', message: (limit: number) => `more than ${limit} sessions at once` },
  NO_UPGRADE: { kind: 'invalid', message: () => 'no upgrade proto in request' },
  PROTOCOL: { kind: 'invalid', message: (name: string) => `protocol ${name} not supported` },
  NO_BUILD: { kind: 'not-found', message: (ref: string) => `no such job ${ref}` },
  BUILD_EXISTS: { kind: 'conflict', message: (ref: string) => `job ID ${ref} exists` },
  NO_REF: { kind: 'invalid', message: () => 'a build without a ref' },
  NO_RESULT: { kind: 'not-found', message: (id: string) => `no such ref: ${id}` },
  FRONTEND: {
    kind: 'not-implemented',
    message: (name: string) => `frontend ${name} is not one of Berth's`,
    hint: 'Dockerfiles are read by the builder itself; images are never run as frontends',
  },
  DEFINITION: {
    kind: 'not-implemented',
    message: () => 'Berth builds Dockerfiles; it takes no steps of LLB',
  },
  INPUT: { kind: 'invalid', message: (name: string) => `input ${name} is no result of a build of this builder` },
  ATTRIBUTE: { kind: 'invalid', message: (name: string, why: string) => `invalid ${name}: ${why}` },
  EXPORTER: { kind: 'invalid', message: (name: string) => `exporter ${JSON.stringify(name)} could not be found` },
  NO_SERVICE: { kind: 'invalid', message: (name: string) => `the client offers no ${name}` },
  REQUEST: { kind: 'not-implemented', message: (name: string) => `subrequest ${name} is not one of Berth's` },
})
