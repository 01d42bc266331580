import { listContainers } from '../../client/containers.ts'
import { listImages } from '../../client/images.ts'
import { listNetworks, listVolumes } from '../../client/system.ts'
import { CAPABILITIES } from '../../formats/capabilities/capabilities.ts'
import type { Session } from '../session.ts'
import { type Candidate, FILES } from './candidate.ts'

const SIGNALS = 'HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH'.split(' ').map(name => `SIG${name}`)
const PLATFORMS = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/riscv64']

/** The words of a source that a flag or an operand names. Nothing where the daemon does not answer. */
export async function namesFrom(session: Session, source: string): Promise<Candidate[]> {
  try {
    return (await SOURCES[source]?.(session)) ?? []
  } catch {
    return []
  }
}

const words = (list: readonly string[]): Candidate[] => list.map(word => ({ word }))

const SOURCES: Record<string, (session: Session) => Promise<Candidate[]>> = {
  files: async () => words([FILES]),
  signals: async () => words(SIGNALS),
  platforms: async () => words(PLATFORMS),
  capabilities: async () => words(['ALL', ...CAPABILITIES]),
  environment: async session => words(Object.keys(session.environment)),
  containers: session => containers(session, () => true),
  running: session => containers(session, state => state === 'running' || state === 'paused'),
  stopped: session => containers(session, state => state === 'exited' || state === 'created'),
  images: async session => {
    const images = await listImages(await session.client(), {})
    return words(images.flatMap(({ RepoTags }) => RepoTags ?? []).filter(name => !name.includes('<none>')))
  },
  volumes: async session =>
    words(((await listVolumes(await session.client(), {})).Volumes ?? []).map(({ Name }) => Name)),
  contexts: async session => {
    const { ContextStore } = await import('../config/context-store.ts')
    const { configDirectory } = await import('../config/config-file.ts')
    return words(['default', ...new ContextStore(configDirectory(session)).list().map(({ Name }) => Name)])
  },
  networks: async session => words((await listNetworks(await session.client(), {})).map(({ Name }) => Name)),
}

async function containers(session: Session, wanted: (state: string) => boolean): Promise<Candidate[]> {
  const rows = await listContainers(await session.client(), { all: 1 })
  return rows
    .filter(({ State }) => wanted(State))
    .flatMap(({ Names, Image }) => Names.map(name => ({ word: name.slice(1), about: Image })))
}
