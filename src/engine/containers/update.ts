import type { Labels, PortMap, RestartPolicy } from '../../formats/engine-api/common.ts'
import type { HostConfig, Resources } from '../../formats/engine-api/container.ts'
import type { PortsWanted } from '../networks/networks.ts'
import { type ContainerRecord, isRunning } from './container.ts'
import { type ContainerContext, cgroupOf, emit } from './context.ts'
import { checkRestartPolicy } from './create/host-config.ts'
import { checkResources } from './create/resources.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'
import { networkRequest } from './network-request.ts'
import { cancelRestart } from './restarts.ts'
import { resourcesOf } from './spec/resources.ts'
import { changeLabels } from './update/change-labels.ts'
import { changePorts } from './update/change-ports.ts'

/** Beyond Docker: published ports and labels, which a client that does not know them never sends. */
export type ContainerUpdate = Resources & {
  RestartPolicy?: RestartPolicy
  PortBindingsAdd?: PortMap
  /** A port without bindings stands for all of its bindings. */
  PortBindingsRemove?: PortMap
  LabelsAdd?: Labels
  LabelsRemove?: string[]
}

/** What a running container has changes at once, or nothing does. Answers warnings. Throws 400, 404 and 409 faults. */
export const updateContainer = (
  context: ContainerContext,
  container: LiveContainer,
  asked: ContainerUpdate,
): Promise<string[]> =>
  context.locks.run(container.id, async () => {
    const { RestartPolicy: policy, PortBindingsAdd, PortBindingsRemove, LabelsAdd, LabelsRemove, ...limits } = asked
    if (policy?.Name) checkPolicy(container, policy)
    const { resources, warnings } = checkResources(limits, context.needs.defaults.host, true)
    const before = container.record
    refuseConflicts(container.id, before.hostConfig, resources)
    const ports = changePorts(before, PortBindingsAdd ?? {}, PortBindingsRemove ?? {})
    const record: ContainerRecord = {
      ...before,
      config: {
        ...before.config,
        ...changeLabels(before.config, LabelsAdd ?? {}, LabelsRemove ?? []),
        ...ports?.config,
      },
      hostConfig: {
        ...before.hostConfig,
        ...changes(resources, before.hostConfig),
        ...ports?.hostConfig,
        ...(policy?.Name && { RestartPolicy: policy }),
      },
    }
    if (ports) context.needs.networks.validate(networkRequest(context, record))
    const attachment = await applyLive(context, container, resources, ports?.wanted)
    context.table.replace(container, { ...record, state: container.record.state, ...(attachment && { attachment }) })
    if (policy?.Name === 'no') dropRestart(container)
    emit(context, container, 'update')
    return warnings
  })

async function applyLive(
  context: ContainerContext,
  container: LiveContainer,
  resources: Resources,
  ports: PortsWanted | undefined,
): Promise<ContainerRecord['attachment']> {
  const { state, attachment } = container.record
  if (!isRunning(state)) return attachment
  const limit = () => context.needs.cgroups.update(cgroupOf(context, container), resourcesOf(resources))
  if (!ports || !attachment) {
    await limit()
    return attachment
  }
  return { ...attachment, ports: await context.needs.networks.republish(container.id, ports, limit) }
}

function checkPolicy({ id, record }: LiveContainer, policy: RestartPolicy): void {
  checkRestartPolicy(policy)
  if (record.hostConfig.AutoRemove && policy.Name !== 'no') {
    throw containerFaults.UPDATE_CONFLICT(
      id,
      'Restart policy cannot be updated because AutoRemove is enabled for the container',
    )
  }
}

function refuseConflicts(id: string, before: HostConfig, asked: Resources): void {
  const refuse = (why: string) => {
    throw containerFaults.UPDATE_CONFLICT(id, why)
  }
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, Memory = 0, MemorySwap = 0 } = asked
  if (CpuPeriod > 0 && before.NanoCpus)
    refuse('Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set')
  if (CpuQuota > 0 && before.NanoCpus)
    refuse('Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set')
  if (NanoCpus > 0 && before.CpuPeriod)
    refuse('Conflicting options: NanoCPUs cannot be updated as CPU Period has already been set')
  if (NanoCpus > 0 && before.CpuQuota)
    refuse('Conflicting options: NanoCPUs cannot be updated as CPU Quota has already been set')
  const swap = before.MemorySwap ?? 0
  if (Memory > 0 && MemorySwap === 0 && swap >= 0 && Memory > swap) {
    refuse('Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time')
  }
}

/** What `update` may change; 0, '' and null leave a thing as it is. */
const CHANGEABLE = [
  'BlkioWeight',
  'CpuShares',
  'NanoCpus',
  'CpuPeriod',
  'CpuQuota',
  'CpuRealtimePeriod',
  'CpuRealtimeRuntime',
  'CpusetCpus',
  'CpusetMems',
  'Memory',
  'MemorySwap',
  'MemoryReservation',
  'PidsLimit',
] as const

function changes(asked: Resources, before: HostConfig): Partial<HostConfig> {
  const entries = CHANGEABLE.map(key => [key, asked[key] || before[key]])
  if (asked.PidsLimit !== null && asked.PidsLimit !== undefined) entries.push(['PidsLimit', asked.PidsLimit])
  return Object.fromEntries(entries)
}

function dropRestart(container: LiveContainer): void {
  if (container.record.state.status !== 'restarting') container.backoffMs = 0
  else cancelRestart(container)
}
