import { defineFaults } from '../../base/faults.ts'
import type { Operation } from '../http/operation.ts'
import { SWAGGER_OPERATIONS } from './swagger-operations.table.ts'

const faults = defineFaults('API', {
  NOT_IMPLEMENTED: {
    kind: 'not-implemented',
    message: (operation: string, reason: string) => `${operation} is not implemented by Berth yet: ${reason}`,
  },
})

const SWARM = 'Berth has no cluster yet'
const PLUGINS = 'Berth has no plugins'

/** Operations of the API that are no door yet, and why. A line is removed when its door is built: a test compares both with swagger.yaml. */
export const NOT_IMPLEMENTED: Readonly<Record<string, string>> = {
  ImageAttestations: 'attestations are not read yet',
  PluginList: PLUGINS,
  GetPluginPrivileges: PLUGINS,
  PluginPull: PLUGINS,
  PluginDelete: PLUGINS,
  PluginEnable: PLUGINS,
  PluginDisable: PLUGINS,
  PluginUpgrade: PLUGINS,
  PluginCreate: PLUGINS,
  PluginPush: PLUGINS,
  PluginSet: PLUGINS,
  NodeList: SWARM,
  NodeInspect: SWARM,
  NodeDelete: SWARM,
  NodeUpdate: SWARM,
  SwarmInspect: SWARM,
  SwarmInit: SWARM,
  SwarmJoin: SWARM,
  SwarmLeave: SWARM,
  SwarmUpdate: SWARM,
  SwarmUnlockkey: SWARM,
  SwarmUnlock: SWARM,
  ServiceList: SWARM,
  ServiceCreate: SWARM,
  ServiceInspect: SWARM,
  ServiceDelete: SWARM,
  ServiceUpdate: SWARM,
  ServiceLogs: SWARM,
  TaskList: SWARM,
  TaskInspect: SWARM,
  TaskLogs: SWARM,
  SecretList: SWARM,
  SecretCreate: SWARM,
  SecretInspect: SWARM,
  SecretDelete: SWARM,
  SecretUpdate: SWARM,
  ConfigList: SWARM,
  ConfigCreate: SWARM,
  ConfigInspect: SWARM,
  ConfigDelete: SWARM,
  ConfigUpdate: SWARM,
}

/** A door for each of them that answers 501. */
export function refusedOperations(table: Readonly<Record<string, string>> = NOT_IMPLEMENTED): Operation[] {
  return SWAGGER_OPERATIONS.filter(([id]) => Object.hasOwn(table, id)).map(([id, method, path]) => ({
    id,
    method,
    path,
    handle: () => {
      throw faults.NOT_IMPLEMENTED(id, table[id] ?? '')
    },
  }))
}
