import { engineOperations } from '../../api/engine/operations.ts'
import { type Api, createApi } from '../../api/http/server.ts'
import { type Part, startParts, stopParts } from '../../base/lifecycle.ts'
import { configureLog, logger } from '../../base/log.ts'
import { Events } from '../../engine/events/events.ts'
import type { DaemonSettings } from '../config/settings.ts'
import { COMMON_HEADERS } from './common-headers.ts'
import { assembleSystem } from './system.ts'

const log = logger('daemon')

/** The engine put together: its API, and how it ends. */
export type Engine = {
  api: Api
  /** Ends what would otherwise go on for as long as a client listens. */
  endStreams: () => void
  stop: (deadlineMs: number) => Promise<void>
  /** Takes the settings that can change while containers run; the others wait for the next start. */
  reload: (load: () => DaemonSettings) => void
}

/** Puts the parts together in the order of the house, and makes what is on the machine agree with what is known. */
export async function assemble(settings: DaemonSettings): Promise<Engine> {
  let current = settings
  const events = new Events()
  const parts: Part[] = []
  const nothing = async () => ({ items: [], active: 0, bytes: 0, reclaimable: 0 })
  const system = assembleSystem({
    events,
    usage: { container: nothing, image: nothing, volume: nothing },
    components: async () => [],
    cgroups: {
      version: '1',
      memory: true,
      swap: true,
      cpuQuota: true,
      cpuShares: true,
      cpuset: true,
      pids: true,
      oomKillDisable: true,
    },
    counts: () => ({ containers: { running: 0, paused: 0, stopped: 0 }, images: 0 }),
    securityOptions: ['name=seccomp,profile=builtin'],
    warnings: () => [],
    settings: () => current,
  })
  await startParts(parts)
  return {
    api: createApi(engineOperations({ system }), COMMON_HEADERS),
    endStreams: () => events.close(),
    stop: deadlineMs => stopParts(parts, deadlineMs),
    reload: load => {
      const next = reloaded(current, load)
      if (next) current = next
    },
  }
}

function reloaded(current: DaemonSettings, load: () => DaemonSettings): DaemonSettings | undefined {
  try {
    const { log: logSettings, labels, registries } = load()
    configureLog(logSettings)
    log.info('configuration reloaded')
    return { ...current, log: logSettings, labels, registries }
  } catch (failure) {
    log.error('configuration not reloaded', { error: failure })
    return undefined
  }
}
