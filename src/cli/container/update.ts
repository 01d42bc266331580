import { type ContainerUpdate, updateContainer } from '../../client/containers.ts'
import { bytes, custom, integer, list, text, unsigned16 } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { requireBerth } from '../require-berth.ts'
import { portBindings, restartPolicy } from './create-body.ts'
import { checkLabel } from './flags/checks.ts'
import { pairOf, parseCpus, parseSwap } from './flags/resources.ts'

const flags = {
  'blkio-weight': unsigned16('Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)'),
  'cpu-period': integer('Limit CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': integer('Limit CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-rt-period': integer('Limit the CPU real-time period in microseconds'),
  'cpu-rt-runtime': integer('Limit the CPU real-time runtime in microseconds'),
  'cpu-shares': integer('CPU shares (relative weight)', { short: 'c' }),
  cpus: custom<number>('decimal', parseCpus, 'Number of CPUs', { default: 0 }),
  'cpuset-cpus': text('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': text('MEMs in which to allow execution (0-3, 0,1)'),
  'kernel-memory': bytes('Kernel memory limit (deprecated)', { hidden: true }),
  'label-add': list('Set a label', { check: checkLabel }),
  'label-rm': list('Remove a label'),
  memory: bytes('Memory limit', { short: 'm' }),
  'memory-reservation': bytes('Memory soft limit'),
  'memory-swap': custom<number>(
    'bytes',
    parseSwap,
    'Swap limit equal to memory plus swap: -1 to enable unlimited swap',
    { default: 0 },
  ),
  'pids-limit': integer('Tune container pids limit (set -1 for unlimited)'),
  'publish-add': list("Publish a container's port(s) to the host"),
  'publish-rm': list("Stop publishing a container's port(s)"),
  restart: text('Restart policy to apply when a container exits', {
    complete: ['always', 'no', 'on-failure', 'unless-stopped'],
  }),
}

type Beyond = Record<'publish-add' | 'publish-rm' | 'label-add' | 'label-rm', string[]>

/** Only what was given: a daemon that does not know them would leave them out without a word. */
function beyondDocker(values: Beyond): ContainerUpdate {
  return {
    ...(values['publish-add'].length > 0 && { PortBindingsAdd: portBindings(values['publish-add']) }),
    ...(values['publish-rm'].length > 0 && { PortBindingsRemove: portBindings(values['publish-rm']) }),
    ...(values['label-add'].length > 0 && { LabelsAdd: Object.fromEntries(values['label-add'].map(pairOf)) }),
    ...(values['label-rm'].length > 0 && { LabelsRemove: values['label-rm'] }),
  }
}

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags,
  operands: atLeast(1),
  complete: 'containers',
  async run({ flags: values, given, operands, session }) {
    if (!Object.keys(flags).some(name => given(name as keyof typeof flags & string))) {
      throw new CommandFailure('you must provide one or more flags when using this command')
    }
    const body: ContainerUpdate = {
      BlkioWeight: values['blkio-weight'],
      CpuPeriod: values['cpu-period'],
      CpuQuota: values['cpu-quota'],
      CpuRealtimePeriod: values['cpu-rt-period'],
      CpuRealtimeRuntime: values['cpu-rt-runtime'],
      CpuShares: values['cpu-shares'],
      NanoCpus: values.cpus,
      CpusetCpus: values['cpuset-cpus'],
      CpusetMems: values['cpuset-mems'],
      Memory: values.memory,
      MemoryReservation: values['memory-reservation'],
      MemorySwap: values['memory-swap'],
      PidsLimit: values['pids-limit'] || undefined,
      RestartPolicy: values.restart ? restartPolicy(values.restart) : {},
      ...beyondDocker(values),
    }
    const client = await session.client()
    if (Object.keys(beyondDocker(values)).length > 0) await requireBerth(client, '--publish-* and --label-*')
    const warnings: string[] = []
    const failures: string[] = []
    for (const name of operands) {
      try {
        warnings.push(...((await updateContainer(client, name, body)).Warnings ?? []))
        session.print(name)
      } catch (failure) {
        failures.push(messageOf(failure))
      }
    }
    for (const warning of warnings) session.print(warning)
    if (failures.length > 0) throw new CommandFailure(failures.join('\n'))
    return 0
  },
})
