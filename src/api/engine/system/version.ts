import type { SystemVersion } from '../../../engine/system/version.ts'
import { json, type Operation } from '../../http/operation.ts'

export const systemVersionDoor = (version: () => Promise<SystemVersion>): Operation => ({
  id: 'SystemVersion',
  method: 'GET',
  path: '/version',
  handle: async () => json(200, await version()),
})
