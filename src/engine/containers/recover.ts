import { existsSync, statSync } from 'node:fs'
import { describe } from '../../base/faults.ts'
import { Semaphore } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'
import { formatTimestamp, nowNanoseconds, parseTimestamp } from '../../base/timestamps.ts'
import { type Exit, type Monitor, readExitFile, reconnectMonitor } from '../../host/monitor/monitor.ts'
import type { Alive } from '../networks/networks.ts'
import { endCommitPause } from './commit.ts'
import { endedHealth, isRunning, NEVER } from './container.ts'
import { type ContainerContext, cgroupOf, emit, pathsOf } from './context.ts'
import { KILLED } from './exit.ts'
import { killLeftovers } from './leftovers.ts'
import type { LiveContainer } from './live-container.ts'
import { networkRequest } from './network-request.ts'
import { discard } from './remove.ts'
import { wantsStartAtBoot } from './restart-policy.ts'
import { startAgain } from './start.ts'
import { sweepOrphans } from './sweep.ts'

const log = logger('containers')
/** Looked at in parallel when the daemon starts. */
const AT_ONCE = 32
/** Started in parallel by their policies after a boot: a storm would start slower and time out. */
const STARTS_AT_ONCE = 10
/** A monitor that has not got its container up by now is left to do so; nobody waits for it. */
const STARTED_DEADLINE_MS = 5_000
/** Docker's code for a container that went down with its machine. */
const EXIT_UNKNOWN = 255

type Adopted = { container: LiveContainer; monitor: Monitor }

/**
 * Makes memory, database and machine agree after the daemon was away: containers that run are taken over from their
 * monitors, ends that nobody saw are read from their exit files, what belongs to no container is removed.
 */
export async function recoverContainers(context: ContainerContext): Promise<void> {
  const containers = context.table.load()
  await context.needs.volumes.recover(new Set(containers.map(({ id }) => id)))
  const limit = new Semaphore(AT_ONCE)
  const found = await Promise.all(containers.map(container => limit.run(() => recoverOne(context, container))))
  const adopted = found.filter(one => one !== undefined)
  await context.needs.networks.recover(attachmentsOf(context, adopted))
  await sweepOrphans(context)
  context.needs.volumes.use.recoverMounts(
    adopted.map(({ container: { id, record } }) => ({ id, mounts: record.mounts })),
  )
  for (const { container, monitor } of adopted) context.watch(container, monitor)
  void afterBoot(
    context,
    containers.filter(({ monitor }) => monitor === undefined),
  )
}

const attachmentsOf = (context: ContainerContext, adopted: Adopted[]): Alive[] =>
  adopted.flatMap(({ container: { id, record } }) => {
    const { attachment, name } = record
    return attachment ? [{ containerId: id, name, attachment, request: networkRequest(context, record) }] : []
  })

/** One damaged container does not keep the others down. The monitor, where the container lives. */
export async function recoverOne(context: ContainerContext, container: LiveContainer): Promise<Adopted | undefined> {
  try {
    const monitor = await adopt(context, container)
    if (monitor) return { container, monitor }
    await settle(context, container)
  } catch (failure) {
    log.error('a container could not be recovered', { container: container.id, error: describe(failure) })
  }
  return undefined
}

/** The monitor, if it lives and has its container up or will have. */
async function adopt(context: ContainerContext, container: LiveContainer): Promise<Monitor | undefined> {
  const paths = pathsOf(context, container)
  if (!existsSync(paths.socket)) return undefined
  const monitor = await reconnectMonitor(paths.socket, paths.exit)
  const pid = monitor && (await startedPid(monitor))
  if (!monitor || pid === undefined) return undefined
  await endCommitPause(context, container)
  const { record } = container
  const isNew = !isRunning(record.state)
  record.state = {
    ...record.state,
    status: (await isFrozen(context, container)) ? 'paused' : 'running',
    pid,
    error: '',
    ...(isNew && { startedAt: formatTimestamp(launchedAt(paths.config)), finishedAt: NEVER }),
  }
  context.table.saveLife(container, 'relaxed')
  return monitor
}

const isFrozen = (context: ContainerContext, container: LiveContainer): Promise<boolean> =>
  context.needs.cgroups.isFrozen(cgroupOf(context, container)).catch(() => false)

/** undefined: the start has failed, or the monitor went with the question. */
async function startedPid(monitor: Monitor): Promise<number | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<{ pid: number }>(resolve => {
    timer = setTimeout(() => resolve({ pid: 0 }), STARTED_DEADLINE_MS)
  })
  return Promise.race([monitor.started, late])
    .then(({ pid }) => pid)
    .catch(() => undefined)
    .finally(() => clearTimeout(timer))
}

/** The daemon that began this start did not live to note its time: it wrote the configuration just before. */
function launchedAt(config: string): bigint {
  const written = statSync(config, { throwIfNoEntry: false, bigint: true })
  return written?.mtimeNs ?? nowNanoseconds()
}

/** Nothing holds it any more: says how it ended, if it ran, and takes away what is left of it. */
async function settle(context: ContainerContext, container: LiveContainer): Promise<void> {
  const { record } = container
  const paths = pathsOf(context, container)
  const wasUp = isRunning(record.state)
  const exit = await readExitFile(paths.exit)
  const wasStarting = record.attachment !== undefined || existsSync(paths.socket)
  const wasAlive = wasUp || wasStarting ? await killLeftovers(context, container) : false
  const isNews = exit !== undefined && (wasUp || exit.finishedAt > lastEnd(container))
  if (isNews) recordMissedEnd(context, container, exit)
  else if (wasUp) recordMissedEnd(context, container, unseenEnd(wasAlive))
  else if (record.attachment || record.state.status === 'restarting') {
    record.attachment = undefined
    if (record.state.status === 'restarting') record.state = { ...record.state, status: 'exited' }
    context.table.saveLife(container, 'relaxed')
  }
}

const lastEnd = ({ record: { state } }: LiveContainer): bigint =>
  state.finishedAt === NEVER ? 0n : parseTimestamp(state.finishedAt)

/** Its monitor was killed and we killed the rest, or the machine went down under it: never 0 [moby #45788]. */
const unseenEnd = (wasAlive: boolean): Exit => ({
  code: wasAlive ? KILLED : EXIT_UNKNOWN,
  oomKilled: false,
  finishedAt: nowNanoseconds(),
})

function recordMissedEnd(context: ContainerContext, container: LiveContainer, exit: Exit): void {
  const { record } = container
  const startedAt = isRunning(record.state)
    ? record.state.startedAt
    : formatTimestamp(launchedBefore(context, container, exit))
  record.attachment = undefined
  context.needs.volumes.use.unmounted(container.id, record.mounts)
  record.state = {
    status: 'exited',
    pid: 0,
    exitCode: exit.code,
    error: '',
    oomKilled: exit.oomKilled,
    startedAt,
    finishedAt: formatTimestamp(exit.finishedAt),
    ...endedHealth(record.state),
  }
  context.table.saveLife(container, 'relaxed')
  const ran = (exit.finishedAt - parseTimestamp(startedAt)) / 1_000_000_000n
  emit(context, container, 'die', { exitCode: String(exit.code), execDuration: String(ran) })
}

function launchedBefore(context: ContainerContext, container: LiveContainer, exit: Exit): bigint {
  const launched = launchedAt(pathsOf(context, container).config)
  const isBefore = launched < exit.finishedAt
  return isBefore ? launched : exit.finishedAt
}

/** Behind the daemon's first answers: --rm containers go, those that their policy wants up start. */
async function afterBoot(context: ContainerContext, containers: LiveContainer[]): Promise<void> {
  const limit = new Semaphore(STARTS_AT_ONCE)
  await Promise.all(containers.map(container => limit.run(() => bootOne(context, container))))
}

async function bootOne(context: ContainerContext, container: LiveContainer): Promise<void> {
  const { record } = container
  const { exitCode, startedAt } = record.state
  const ending = { exitCode, restartCount: record.restartCount, byHand: record.manuallyStopped }
  try {
    if (record.hostConfig.AutoRemove) await context.locks.run(container.id, () => discard(context, container, true))
    else if (startedAt !== NEVER && wantsStartAtBoot(record.hostConfig.RestartPolicy, ending))
      await startAgain(context, container)
  } catch (failure) {
    log.warn('a container was not brought into its state after the start', {
      container: container.id,
      error: describe(failure),
    })
  }
}
