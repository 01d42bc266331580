import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type AttachStreams, launchMonitor, type Monitor } from '../../host/monitor/monitor.ts'
import { type ContainerContext, pathsOf } from '../containers/context.ts'
import { linkEnvironment } from '../containers/links.ts'
import type { LiveContainer } from '../containers/live-container.ts'
import { execProcess } from '../containers/spec/exec-process.ts'
import { mountedRoot } from '../containers/spec/root-files.ts'
import { printSpec } from '../containers/spec/runtime-spec.ts'
import { resolveUser } from '../containers/spec/user.ts'
import { exitFileIn, noteExec } from './adopt-execs.ts'
import type { Exec } from './exec.ts'

export type LaunchedExec = { monitor: Monitor; attachment: Socket | undefined; directory: string }

/** Starts the program with a monitor of its own, its streams joined from the first byte. Throws userFaults and createFaults. */
export async function launchExec(
  context: ContainerContext,
  container: LiveContainer,
  exec: Exec,
  streams: AttachStreams | undefined,
): Promise<LaunchedExec> {
  const { needs } = context
  const directory = join(pathsOf(context, container).execs, exec.id)
  const processFile = join(directory, 'process.json')
  const process = describeProcess(context, container, exec)
  mkdirSync(directory, { recursive: true, mode: 0o710 })
  try {
    writeFileSync(processFile, process, { mode: 0o600 })
    noteExec(directory, exec)
    const [rows, columns] = exec.config.ConsoleSize ?? [0, 0]
    const { monitor, attachments } = await launchMonitor(
      {
        program: needs.monitorProgram,
        socketPath: join(directory, 'monitor.sock'),
        containerId: container.id,
        bundle: pathsOf(context, container).bundle,
        runtime: needs.runtimes.get(container.record.hostConfig.Runtime ?? ''),
        exec: { processFile, id: exec.id },
        terminal: exec.config.Tty ? { rows, columns } : undefined,
        stdin: streams?.stdin ?? false,
        stdinOnce: true,
        exitFile: exitFileIn(directory),
      },
      streams ? [streams] : [],
    )
    return { monitor, attachment: attachments[0], directory }
  } catch (failure) {
    rmSync(directory, { recursive: true, force: true })
    throw failure
  }
}

function describeProcess(context: ContainerContext, { record }: LiveContainer, { config }: Exec): string {
  const { host, ...defaults } = context.needs.defaults
  const root = mountedRoot(`/proc/${record.state.pid}/root`)
  const user = resolveUser(root, config.User || record.config.User || '', record.hostConfig.GroupAdd ?? [])
  const around = { user, host, defaults, linkEnvironment: linkEnvironment(context, record) }
  return printSpec(execProcess(record, config, around))
}
