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
  DRIVER_CONFLICT: {
    kind: 'conflict',
    message: (name: string, driver: string) =>
      `create ${name}: driver '${driver}' already has volume '${name}': volume name must be unique`,
  },
  OPTION_UNKNOWN: {
    kind: 'invalid',
    message: (name: string, option: string) => `create ${name}: invalid option: ${JSON.stringify(option)}`,
  },
  OPTION_MISSING: {
    kind: 'invalid',
    message: (name: string, option: string) => `create ${name}: missing required option: ${JSON.stringify(option)}`,
  },
  OPTION_INVALID: { kind: 'invalid', message: (name: string, why: string) => `create ${name}: ${why}` },
  MOUNT: {
    kind: 'invalid',
    message: (path: string, why: string) => `error while mounting volume '${path}': ${why}`,
  },
  ADDRESS: {
    kind: 'invalid',
    message: (host: string, why: string) => `error resolving passed in network volume address: lookup ${host}: ${why}`,
  },
  STILL_MOUNTED: {
    kind: 'conflict',
    message: (name: string, path: string) => `remove ${name}: something is still mounted at ${path}`,
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
