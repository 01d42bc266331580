import { posix } from 'node:path'
import type { CommandLine, RunInstruction } from '../../../formats/dockerfile/dockerfile.ts'
import { parseRunMount } from '../../../formats/dockerfile/run-mount.ts'
import { buildFaults } from '../faults.ts'
import type { PlannedInstruction } from './planned.ts'
import { BUILDKIT, SHELL, type StageScope } from './stage-scope.ts'
import type { RunStep } from './step.ts'

/** A RUN with every variable replaced. */
export function planRun(instruction: RunInstruction, scope: StageScope): Partial<PlannedInstruction> {
  const { settings, config } = scope
  const { args, shown, scripts } = runCommand(instruction.command, config.Shell ?? SHELL)
  for (const { name } of instruction.devices) throw buildFaults.DEVICE(name)
  checkEntitlements(instruction, settings.entitlements)
  const step: RunStep = {
    kind: 'run',
    args,
    shown,
    scripts,
    env: settings.variables.ofRun,
    directory: config.WorkingDir || '/',
    user: config.User ?? '',
    mounts: instruction.mounts.map(text => mountOf(text, scope)),
    network: instruction.network,
    insecure: instruction.security === 'insecure',
  }
  const used = settings.variables.used
  const prefix = used.length > 0 ? `|${used.length} ${used.join(' ')} ` : ''
  return { step, history: `RUN ${prefix}${shown}${BUILDKIT}` }
}

function checkEntitlements({ security, network }: RunInstruction, entitlements: readonly string[]): void {
  if (security === 'insecure' && !entitlements.includes('security.insecure'))
    throw buildFaults.ENTITLEMENT('security.insecure')
  if (network === 'host' && !entitlements.includes('network.host')) throw buildFaults.ENTITLEMENT('network.host')
}

/** Heredocs: one alone is a script, for its own interpreter if it names one; beside a command they are files that the shell reads. */
function runCommand(
  { form, arguments: words, files }: CommandLine,
  shell: readonly string[],
): Pick<RunStep, 'args' | 'shown' | 'scripts'> {
  if (files.length === 0) {
    const args = form === 'exec' ? words : [...shell, words[0] ?? '']
    return { args, shown: args.join(' '), scripts: [] }
  }
  const [first] = files
  const command = words[0] ?? ''
  const isScript = files.length === 1 && /^<<-?\s*['"]?[^\s'"]+['"]?\s*$/.test(command.trim())
  if (!isScript || !first) {
    const text = command + files.map(({ data, name }) => `\n${data}${name}`).join('')
    return { args: [...shell, text], shown: [...shell, text].join(' '), scripts: [] }
  }
  const data = first.chomp ? first.data.replace(/^\t+/gm, '') : first.data
  if (!data.startsWith('#!')) return { args: [...shell, data], shown: [...shell, data].join(' '), scripts: [] }
  const path = `/dev/pipes/${first.name}`
  const args = [...shell, path]
  return { args, shown: args.join(' '), scripts: [{ path, text: data }] }
}

function mountOf(text: string, { settings, config, word }: StageScope): RunStep['mounts'][number] {
  const mount = parseRunMount(text, value => word(value))
  const target = posix.resolve('/', config.WorkingDir || '/', mount.target ?? defaultTarget(mount))
  if (target === '/') throw buildFaults.MOUNT_TARGET(target)
  const view = mount.from
    ? settings.sourceOf(mount.from)
    : mount.type === 'bind'
      ? ({ kind: 'context', name: 'context' } as const)
      : undefined
  return { ...mount, target, targetIsGiven: mount.target !== undefined, ...(view && { view }) }
}

function defaultTarget({ type, id }: { type: string; id?: string }): string {
  if (type === 'secret') return `/run/secrets/${(id ?? '').split('/').at(-1)}`
  if (type === 'ssh') return '/run/buildkit/ssh_agent.0'
  return '/'
}
