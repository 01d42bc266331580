import { json, type Operation } from '../../http/operation.ts'

export const systemInfoDoor = (info: () => Promise<Record<string, unknown>>): Operation => ({
  id: 'SystemInfo',
  method: 'GET',
  path: '/info',
  handle: async () => json(200, await info()),
})
