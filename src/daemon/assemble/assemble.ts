import type { WorkerFacts } from '../../api/engine/build/buildkit/worker.ts'
import { CreateBody } from '../../api/engine/containers/create-schema.ts'
import { engineOperations } from '../../api/engine/operations.ts'
import { prepareSchema } from '../../api/http/json.ts'
import { type Api, createApi } from '../../api/http/server.ts'
import { type Part, stopParts } from '../../base/lifecycle.ts'
import { compileDefaultFilter } from '../../engine/containers/spec/seccomp.ts'
import { BUILD } from '../build.ts'
import type { DaemonSettings } from '../config/settings.ts'
import { COMMON_HEADERS } from './common-headers.ts'
import { doctorOf } from './doctor.ts'
import { constructNouns, countsOf, type Nouns, recoverNouns } from './engine.ts'
import { instanceId } from './instance-id.ts'
import { componentsOf, type MachineParts, openMachine } from './machine.ts'
import { reloadSettings } from './reload.ts'
import { assembleSystem } from './system.ts'
import { usageSources } from './usage.ts'

/** The engine put together: its API, and how it ends. */
export type Engine = {
  api: Api
  /** Ends what would otherwise go on for as long as a client listens. */
  endStreams: () => void
  stop: (deadlineMs: number) => Promise<void>
  /** What the first create and start would wait for otherwise (35 ms together); for when nobody waits. */
  warmUp: () => void
  /** Takes the settings that can change while containers run; the others wait for the next start. */
  reload: (load: () => DaemonSettings) => void
  shutdownSeconds: () => number
}

/** Puts the parts together in the order of the house, and makes what is on the machine agree with what is known. */
export async function assemble(settings: DaemonSettings): Promise<Engine> {
  let current = settings
  let reloading = Promise.resolve()
  const machine = await openMachine(settings)
  const nouns = constructNouns(() => current, machine)
  await recoverNouns(nouns)
  const system = systemOf(nouns, machine, () => current)
  return {
    api: createApi(engineOperations({ ...nouns, system, worker: workerOf(settings, nouns) }), COMMON_HEADERS),
    endStreams: () => nouns.events.close(),
    stop: deadlineMs => stopParts(partsOf(nouns, machine, settings), deadlineMs),
    warmUp: () => {
      prepareSchema(CreateBody)
      compileDefaultFilter({ host: nouns.defaults.host, defaults: nouns.defaults })
    },
    reload: load => {
      reloading = reloading.then(async () => {
        current = await reloadSettings(current, load, machine, nouns)
      })
    },
    shutdownSeconds: () => current.shutdownSeconds,
  }
}

/** The builder as it introduces itself to clients of BuildKit. */
function workerOf({ instance, network }: DaemonSettings, { networks }: Nouns): () => WorkerFacts {
  const id = instanceId(instance.dataRoot)
  const bridge = () => networks.list().find(({ Name }) => Name === 'bridge')
  const gateway = () => network.hostGateways[0] ?? bridge()?.IPAM.Config?.[0]?.Gateway
  return () => ({ id, version: BUILD.version, hostGatewayIp: gateway() })
}

const systemOf = (nouns: Nouns, machine: MachineParts, settings: () => DaemonSettings) =>
  assembleSystem({
    events: nouns.events,
    usage: usageSources(nouns),
    doctor: doctorOf(nouns, settings().instance),
    components: () => componentsOf(machine),
    cgroups: { version: machine.cgroups.version, ...machine.facts.limits },
    counts: () => countsOf(nouns),
    securityOptions: securityOptions(machine, settings()),
    warnings: () => machine.warnings,
    volumeDrivers: () => nouns.volumes.driverNames(),
    settings,
  })

/** As `docker info` has them; AppArmor is missed aloud, in the warnings. */
function securityOptions({ facts }: MachineParts, { containers }: DaemonSettings): string[] {
  const profile = ['builtin', 'unconfined'].includes(containers.seccompProfile) ? containers.seccompProfile : 'custom'
  return [
    ...(facts.appArmor ? ['name=apparmor'] : []),
    `name=seccomp,profile=${profile}`,
    ...(containers.cgroupnsMode === 'private' ? ['name=cgroupns'] : []),
    ...(containers.noNewPrivileges ? ['name=no-new-privileges'] : []),
  ]
}

/** In the order of starting; they are stopped in reverse. The cgroup of the instance goes when no container is in it. */
const partsOf = (nouns: Nouns, { cgroups }: MachineParts, { instance }: DaemonSettings): Part[] => [
  { name: 'database', stop: () => nouns.database.close() },
  { name: 'layers', stop: () => nouns.layers.settled() },
  { name: 'cgroups', stop: () => removeEmptyParent(nouns, cgroups, instance.cgroupParent) },
  { name: 'networks', stop: () => nouns.networks.stop() },
  { name: 'containers', stop: () => nouns.containers.stop() },
  { name: 'health', stop: () => nouns.healths.stop() },
  { name: 'builds', stop: () => nouns.builder.stop() },
]

async function removeEmptyParent(nouns: Nouns, cgroups: MachineParts['cgroups'], parent: string): Promise<void> {
  await cgroups.sweep(parent, new Set(nouns.containers.all().map(({ id }) => id)))
}
