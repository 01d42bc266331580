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
  DRIVER: {
    kind: 'invalid',
    message: (name: string) => `error looking up logging plugin ${name}: plugin ${JSON.stringify(name)} not found`,
  },
  DRIVER_LATER: {
    kind: 'not-implemented',
    message: (name: string) => `logging driver ${JSON.stringify(name)} is not implemented`,
    hint: 'use json-file, local, syslog, gelf, fluentd, journald or none',
  },
  DEFAULTS: { kind: 'invalid', message: (why: string) => `failed to set log opts: ${why}` },
  OPTION: { kind: 'invalid', message: (text: string) => text },
  /** Docker says most of these only at start, after `failed to initialize logging driver`. */
  VALUE: { kind: 'invalid', message: (text: string) => text },
})
