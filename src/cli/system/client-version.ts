import { version } from '../../../package.json'
import { NEWEST_VERSION } from '../../client/client.ts'

export type ClientVersion = {
  Version: string
  ApiVersion?: string
  DefaultAPIVersion: string
  GitCommit: string
  GoVersion: string
  Os: string
  Arch: string
  BuildTime?: string
  Context: string
}

const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }

/** What this program says of itself. `GoVersion` has the runtime in the place where docker has Go's. */
export const clientVersion = (context: string, apiVersion?: string): ClientVersion => ({
  Version: version,
  ...(apiVersion ? { ApiVersion: apiVersion } : {}),
  DefaultAPIVersion: NEWEST_VERSION,
  GitCommit: process.env['BERTH_BUILD'] ?? 'dev',
  GoVersion: `bun${Bun.version}`,
  Os: 'linux',
  Arch: ARCHITECTURES[process.arch] ?? process.arch,
  Context: context,
})
