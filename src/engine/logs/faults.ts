import { defineFaults } from '../../base/faults.ts'

export const logFaults = defineFaults('LOGS', {
  NO_STREAM: { kind: 'invalid', message: () => 'Bad parameters: you must choose at least one stream' },
  BAD_TIME: {
    kind: 'invalid',
    message: (name: string, value: string) => `invalid value for "${name}": ${JSON.stringify(value)}`,
  },
  NOT_READABLE: {
    kind: 'not-implemented',
    message: () => 'configured logging driver does not support reading',
    hint: 'create the container with --log-driver json-file to read its logs here',
  },
})
