import { defineFaults } from '../../base/faults.ts'

/** Docker's texts: clients match on many of them. `id` is the full id, `given` what the client wrote. */
export const containerFaults = defineFaults('CONTAINER', {
  NOT_FOUND: { kind: 'not-found', message: (given: string) => `No such container: ${given}` },
  AMBIGUOUS: {
    kind: 'invalid',
    message: (given: string) => `Multiple IDs found with provided prefix: ${given}`,
    hint: 'write more of the id, or the name',
  },
  EMPTY_NAME: { kind: 'invalid', message: () => 'No container name or ID supplied' },
  BAD_NAME: {
    kind: 'invalid',
    message: (name: string) => `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  },
  NAME_TAKEN: {
    kind: 'conflict',
    message: (name: string, id: string) =>
      `Conflict. The container name "/${name}" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
  },
  SAME_NAME: { kind: 'invalid', message: () => 'Renaming a container with the same name as its current name' },
  NO_NEW_NAME: { kind: 'invalid', message: () => 'Neither old nor new names may be empty' },
  RENAME: { kind: 'invalid', message: (why: string) => `Error when allocating new name: ${why}` },
  RENAME_TAKEN: { kind: 'conflict', message: (why: string) => `Error when allocating new name: ${why}` },

  ALREADY_STARTED: { kind: 'not-modified', message: (id: string) => `container ${id} is already started` },
  ALREADY_STOPPED: { kind: 'not-modified', message: (id: string) => `container ${id} is already stopped` },
  NOT_RUNNING: { kind: 'conflict', message: (id: string) => `container ${id} is not running` },
  RESTARTING: {
    kind: 'conflict',
    message: (id: string) => `Container ${id} is restarting, wait until the container is running`,
  },
  START_PAUSED: { kind: 'conflict', message: () => 'cannot start a paused container, try unpause instead' },
  START_REMOVED: { kind: 'conflict', message: () => 'container is marked for removal and cannot be started' },
  CONNECT_REMOVED: {
    kind: 'conflict',
    message: (id: string) =>
      `container ${id} is marked for removal and cannot be connected or disconnected to the network`,
  },
  COPY_REMOVED: { kind: 'conflict', message: () => 'container is marked for removal: nothing more is copied into it' },
  /** The runtime's own words after Docker's; the CLI finds its exit codes 126 and 127 in them. */
  START_FAILED: {
    kind: 'invalid',
    message: (why: string) => `failed to create task for container: failed to create shim task: ${why}`,
  },
  /** As START_FAILED, where it is not the program's fault. */
  START_BROKEN: {
    kind: 'internal',
    message: (why: string) => `failed to create task for container: failed to create shim task: ${why}`,
  },
  JOIN_NOT_RUNNING: {
    kind: 'conflict',
    message: (kind: string, id: string) =>
      `cannot join ${kind} namespace of a non running container: container ${id} is not running`,
  },
  LINK_NOT_RUNNING: {
    kind: 'conflict',
    message: (target: string, name: string, alias: string) =>
      `Cannot link to a non running container: /${target} AS /${name}/${alias}`,
  },
  ALREADY_PAUSED: { kind: 'conflict', message: (id: string) => `Container ${id} is already paused` },
  NOT_PAUSED: { kind: 'conflict', message: (id: string) => `Container ${id} is not paused` },
  KILL_NOT_RUNNING: {
    kind: 'conflict',
    message: (given: string, id: string) => `cannot kill container: ${given}: container ${id} is not running`,
  },
  KILL_BAD_SIGNAL: {
    kind: 'invalid',
    message: (given: string, signal: string) => `cannot kill container: ${given}: invalid signal: ${signal}`,
  },
  STOP_BAD_SIGNAL: {
    kind: 'invalid',
    message: (given: string, signal: string) => `cannot stop container: ${given}: invalid signal: ${signal}`,
  },
  NOT_KILLED: {
    kind: 'internal',
    message: (given: string) =>
      `cannot kill container: ${given}: tried to kill container, but did not receive an exit event`,
  },
  PAUSED_ATTACH: {
    kind: 'conflict',
    message: (given: string) => `container ${given} is paused, unpause the container before attach`,
  },
  RESTARTING_ATTACH: {
    kind: 'conflict',
    message: (given: string) => `container ${given} is restarting, wait until the container is running before attach`,
  },
  DETACH_KEYS: { kind: 'invalid', message: (keys: string) => `Invalid detach keys (${keys}) provided` },

  REMOVE_RUNNING: {
    kind: 'conflict',
    message: (name: string, state: string) =>
      `cannot remove container "/${name}": container is ${state}: stop the container before removing or force remove`,
  },
  REMOVE_PAUSED: {
    kind: 'conflict',
    message: (name: string) => `cannot remove container "/${name}": container is paused and must be unpaused first`,
  },
  REMOVING: {
    kind: 'conflict',
    message: (given: string) => `removal of container ${given} is already in progress`,
  },
  COMMIT: {
    kind: 'conflict',
    message: (id: string, state: string) => `You cannot commit container ${id} which is ${state}`,
  },
  EXPORT: {
    kind: 'conflict',
    message: (id: string, state: string) => `You cannot export container ${id} which is ${state}`,
  },
  REMOVE_LINK: { kind: 'conflict', message: () => 'Conflict, cannot remove the default link name of the container' },
  BAD_CONDITION: { kind: 'invalid', message: (condition: string) => `invalid condition: ${JSON.stringify(condition)}` },

  /** Docker's words, which are those of Go. */
  BAD_EXIT_FILTER: {
    kind: 'invalid',
    message: (value: string) =>
      `invalid filter 'exited=${value}': strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`,
  },
  BAD_FILTER: { kind: 'invalid', message: (filter: string) => `invalid filter '${filter}'` },
  BAD_HEALTH: {
    kind: 'invalid',
    message: (value: string) => `unrecognized filter value for health: ${value}`,
  },
  BAD_PORT_FILTER: {
    kind: 'invalid',
    message: (filter: string, value: string) => `error while looking up for ${filter} ${value}: invalid port or range`,
  },

  PS_ARGS: { kind: 'invalid', message: (why: string) => why },
  UPDATE_CONFLICT: {
    kind: 'conflict',
    message: (id: string, why: string) => `Cannot update container ${id}: ${why}`,
  },
  BAD_PORT: { kind: 'invalid', message: (text: string) => `invalid port ${JSON.stringify(text)}` },
  NOT_PUBLISHED: { kind: 'not-found', message: (what: string) => `port ${what} is not published` },
  PUBLISHED_TWICE: {
    kind: 'conflict',
    message: (place: string, key: string) => `port ${key} is published on ${place} already`,
  },
  LABEL_NAME: { kind: 'invalid', message: () => 'a label must have a name' },
  NO_FILE: {
    kind: 'not-found',
    message: (path: string, given: string) => `Could not find the file ${path} in container ${given}`,
  },
  NO_PATH: { kind: 'invalid', message: () => 'bad parameter: path cannot be empty' },
})
