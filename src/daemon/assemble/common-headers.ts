import { BUILD } from '../build.ts'

/** What every answer says of this server. */
export const COMMON_HEADERS = {
  'Api-Version': BUILD.apiVersion,
  'Docker-Experimental': 'false',
  Ostype: 'linux',
  Server: `Berth/${BUILD.version} (linux)`,
} as const
