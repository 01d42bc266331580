import { writeFileSync } from 'node:fs'
import { asFault, describe, Fault } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import { step } from '../../base/steps.ts'
import { formatTimestamp, nowNanoseconds } from '../../base/timestamps.ts'
import type { ContainerConfig } from '../../formats/engine-api/container.ts'
import { parseHealthTest } from '../../formats/health-test/health-test.ts'
import type { Monitor } from '../../host/monitor/monitor.ts'
import type { NetworkAttachment } from '../networks/networks.ts'
import { type ContainerState, NEVER } from './container.ts'
import { type ContainerContext, emit, pathsOf } from './context.ts'
import { releaseNetwork } from './exit.ts'
import { containerFaults } from './faults.ts'
import { SIGKILL } from './kill.ts'
import { launch, prepareDirectories } from './launch.ts'
import { killLeftovers } from './leftovers.ts'
import { tellLinked } from './links.ts'
import type { LiveContainer } from './live-container.ts'
import { networkRequestAtStart } from './network-request.ts'
import { discard } from './remove.ts'
import { hasPolicy } from './restart-policy.ts'
import { cancelRestart } from './restarts.ts'
import { straightenPlaces } from './root-places.ts'
import { unmountSharedMemory } from './shared-memory.ts'
import { ensureBindSources } from './spec/bind-sources.ts'
import { printSpec, runtimeSpec } from './spec/runtime-spec.ts'
import { describeStartFailure, runtimeComplaint } from './start-failure.ts'
import { surroundingsOf } from './surroundings.ts'
import { mountVolumes, unmountVolumes } from './volume-mounts.ts'

const log = logger('containers')
/** Docker's number for a container that could not be started for a reason that is not its program. */
const EXIT_UNKNOWN = 128

/** A start by a person: counts restarts from zero again. Throws 304 if it runs. */
export const startContainer = (context: ContainerContext, container: LiveContainer): Promise<void> =>
  context.locks.run(container.id, async () => {
    refuseStart(container)
    cancelRestart(container)
    container.record.restartCount = 0
    await run(context, container)
  })

/** A start by the restart policy; nothing happens if it runs already or is not wanted any more. */
export const startAgain = (context: ContainerContext, container: LiveContainer): Promise<void> =>
  context.locks.run(container.id, async () => {
    const { status } = container.record.state
    const isFree = status === 'restarting' || status === 'exited'
    if (!isFree || container.isRemoving || context.isStopping) return
    await run(context, container)
  })

function refuseStart({ record: { id, state }, isRemoving }: LiveContainer): void {
  if (state.status === 'paused') throw containerFaults.START_PAUSED()
  if (state.status === 'running') throw containerFaults.ALREADY_STARTED(id)
  if (isRemoving || state.status === 'removing' || state.status === 'dead') throw containerFaults.START_REMOVED()
}

async function run(context: ContainerContext, container: LiveContainer): Promise<void> {
  container.exitIsWanted = false
  container.record.manuallyStopped = false
  try {
    // The runtime knows the id until the last run's monitor is gone.
    await container.gone
    const monitor = await bringUp(context, container)
    emit(context, container, 'start')
    tellLinked(context, container.record)
    context.watch(container, monitor)
  } catch (thrown) {
    const failure = judge(thrown, container)
    await comeDown(context, container, failure)
    throw failure.fault
  }
}

async function bringUp(context: ContainerContext, container: LiveContainer): Promise<Monitor> {
  const { table } = context
  const { record } = container
  const paths = pathsOf(context, container)
  prepareDirectories(paths)
  straightenPlaces(paths.upper, context.needs.layers.lower(record.diffIds))
  await mountVolumes(context, container)
  await ensureBindSources(record.mounts)
  const attaching = attachNetwork(context, container)
  const around = await besides(attaching, () => surroundingsOf(context, container))
  // Known to the next daemon before there is anything to adopt.
  table.saveLife(container, 'relaxed')
  const { namespacePath } = await attaching
  step()
  writeFileSync(paths.config, printSpec(runtimeSpec(record, { ...around, namespacePath })), { mode: 0o600 })
  const monitor = await launch(context, container)
  const { pid } = await monitor.started
  context.needs.volumes.use.mounted(record.id, record.mounts)
  record.state = { ...runningState(pid), ...startingHealth(record.config) }
  table.saveLife(container, hasPolicy(record.hostConfig.RestartPolicy) ? 'durable' : 'relaxed')
  return monitor
}

const runningState = (pid: number): ContainerState => ({
  status: 'running',
  pid,
  exitCode: 0,
  error: '',
  oomKilled: false,
  startedAt: formatTimestamp(nowNanoseconds()),
  finishedAt: NEVER,
})

const startingHealth = ({ Healthcheck, Shell }: ContainerConfig): Pick<ContainerState, 'health'> =>
  Healthcheck && parseHealthTest(Healthcheck, Shell)
    ? { health: { Status: 'starting', FailingStreak: 0, Log: [] } }
    : {}

/** Recorded as soon as it is there: whatever fails after it, it is released. */
async function attachNetwork(context: ContainerContext, container: LiveContainer): Promise<NetworkAttachment> {
  const attachment = await context.needs.networks.attach(networkRequestAtStart(context, container.record))
  container.record.attachment = attachment
  return attachment
}

/** Does the work while something else is under way; back, or failed, when both are over. */
async function besides<T>(underWay: Promise<unknown>, work: () => T): Promise<T> {
  const [, done] = await Promise.allSettled([underWay, Promise.resolve().then(work)])
  await underWay
  if (done.status === 'rejected') throw done.reason
  return done.value
}

/** `isLost`: the monitor is gone and has released nothing. */
type FailedStart = { fault: Fault; exitCode: number; isLost?: boolean }

function judge(thrown: unknown, { record: { config, hostConfig, path } }: LiveContainer): FailedStart {
  const complaint = runtimeComplaint(thrown)
  if (!complaint)
    return { fault: asFault(thrown), exitCode: EXIT_UNKNOWN, isLost: hasFaultCode(thrown, 'MONITOR_LOST') }
  const asked = { program: path, directory: config.WorkingDir || '/' }
  const { message, exitCode, isUsers } = describeStartFailure(complaint, hostConfig.Runtime || 'crun', asked)
  const fault = isUsers ? containerFaults.START_FAILED : containerFaults.START_BROKEN
  return { fault: fault(message, { cause: thrown }), exitCode }
}

const hasFaultCode = (thrown: unknown, code: string): boolean => thrown instanceof Fault && thrown.code === code

/** Everything that the start had taken is given back; the container says why it did not start, and --rm removes it. */
async function comeDown(context: ContainerContext, container: LiveContainer, failure: FailedStart): Promise<void> {
  const { record } = container
  container.monitor?.kill(SIGKILL)
  container.monitor = undefined
  if (failure.isLost) await killLeftovers(context, container).catch(() => {})
  await releaseNetwork(context, container)
  unmountSharedMemory(context, container)
  unmountVolumes(context, container)
  record.attachment = undefined
  const status = record.state.startedAt === NEVER ? 'created' : 'exited'
  record.state = { ...record.state, status, pid: 0, exitCode: failure.exitCode, error: failure.fault.message }
  try {
    context.table.saveLife(container, 'relaxed')
    container.dropPending()
    container.tellExit()
    if (record.hostConfig.AutoRemove) await discard(context, container, true)
  } catch (trouble) {
    log.error('a container that did not start could not be put away', {
      container: container.id,
      error: describe(trouble),
    })
  }
}
