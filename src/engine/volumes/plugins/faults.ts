import { defineFaults } from '../../../base/faults.ts'

/** Docker's texts where it has them. */
export const pluginFaults = defineFaults('VOLUME_PLUGIN', {
  NOT_FOUND: {
    kind: 'not-found',
    message: (name: string) => `error looking up volume plugin ${name}: plugin ${JSON.stringify(name)} not found`,
  },
  NO_DRIVER: {
    kind: 'not-found',
    message: (name: string) =>
      `error looking up volume plugin ${name}: plugin ${JSON.stringify(name)} does not implement VolumeDriver`,
  },
  CALL: { kind: 'unavailable', message: (_name: string, method: string, why: string) => `${method}: ${why}` },
  SILENT: {
    kind: 'unavailable',
    message: (name: string, method: string, seconds: number) =>
      `${method}: plugin ${JSON.stringify(name)} has not answered within ${seconds} seconds`,
    hint: 'look after the process of the plugin; other volumes are not affected',
  },
  ANSWER: {
    kind: 'unavailable',
    message: (name: string, method: string, what: string) =>
      `${method}: plugin ${JSON.stringify(name)} answered with ${what}`,
  },
})
