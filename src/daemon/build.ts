import { version } from '../../package.json'
import { NEWEST_API_VERSION, OLDEST_API_VERSION } from '../api/http/version.ts'
import type { BuildFacts } from '../engine/system/build-facts.ts'

/** Put in by scripts/build.sh; absent when run from source. */
declare const BERTH_COMMIT: string | undefined
declare const BERTH_BUILT_AT: string | undefined

export const BUILD: BuildFacts = {
  version,
  commit: typeof BERTH_COMMIT === 'string' ? BERTH_COMMIT : '',
  builtAt: typeof BERTH_BUILT_AT === 'string' ? BERTH_BUILT_AT : '',
  apiVersion: NEWEST_API_VERSION,
  minApiVersion: OLDEST_API_VERSION,
}
