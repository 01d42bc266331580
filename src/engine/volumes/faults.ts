import { defineFaults } from '../../base/faults.ts'

/** Docker's texts. */
export const volumeFaults = defineFaults('VOLUME', {
  NOT_FOUND: { kind: 'not-found', message: (name: string) => `get ${name}: no such volume` },
  NAME_SHORT: {
    kind: 'invalid',
    message: (name: string) =>
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
  },
  NAME_LONG: { kind: 'invalid', message: (name: string) => `create ${name}: volume name is longer than 255 bytes` },
  NAME: {
    kind: 'invalid',
    message: (name: string) =>
      `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  },
  DRIVER: {
    kind: 'not-found',
    message: (name: string, driver: string) =>
      `create ${name}: error looking up volume plugin ${driver}: plugin ${JSON.stringify(driver)} not found`,
  },
  OPTIONS_LATER: {
    kind: 'not-implemented',
    message: (name: string) => `create ${name}: driver options of local volumes are not implemented yet`,
    hint: 'bind-mount the directory into the container instead',
  },
  CLUSTER: { kind: 'not-implemented', message: () => 'cluster volumes are not implemented yet' },
  IN_USE: {
    kind: 'conflict',
    message: (name: string, containers: string[]) => `remove ${name}: volume is in use - [${containers.join(', ')}]`,
  },
  PRUNE_FILTER: {
    kind: 'invalid',
    message: (key: string, value: string) =>
      `invalid filter '${key}': strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  },
  PRUNING: { kind: 'conflict', message: () => 'a prune operation is already running' },
  UPDATE_CLUSTER: {
    kind: 'unavailable',
    message: () => 'volume update only valid for cluster volumes, but swarm is unavailable',
  },
  FILTER: { kind: 'invalid', message: (key: string, values: string) => `invalid filter '${key}=[${values}]'` },
})
