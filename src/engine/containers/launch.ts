import { mkdirSync } from 'node:fs'
import { step } from '../../base/steps.ts'
import { type AttachStreams, launchMonitor, type Monitor, type MonitorLaunch } from '../../host/monitor/monitor.ts'
import type { ContainerPaths } from './container-paths.ts'
import { type ContainerContext, cgroupOf, pathsOf } from './context.ts'
import type { LiveContainer } from './live-container.ts'
import { monitorLog } from './log-source.ts'
import { viewLayers } from './spec/mount-views.ts'

const DIRECTORY_MODE = 0o710

/** What every start needs on disk and in memory. Also made anew where a power cut took what create had made. */
export function prepareDirectories(paths: ContainerPaths): void {
  step()
  mkdirSync(paths.upper, { recursive: true, mode: 0o755 })
  mkdirSync(paths.work, { recursive: true, mode: 0o711 })
  step()
  mkdirSync(paths.rootfs, { recursive: true, mode: DIRECTORY_MODE })
}

/** Starts the monitor with everyone who is waiting for the container's streams already joined. */
export async function launch(context: ContainerContext, container: LiveContainer): Promise<Monitor> {
  const waiting = [...container.pending]
  const { monitor, attachments } = await launchMonitor(
    describeLaunch(context, container, pathsOf(context, container)),
    waiting.map(({ streams }): AttachStreams => streams),
  )
  container.monitor = monitor
  container.gone = monitor.gone
  for (const [index, attachment] of waiting.entries()) attachment.joined(attachments[index]!)
  // Those who came while it was being started.
  for (const { streams, joined, dropped } of container.pending) monitor.attach(streams).then(joined, dropped)
  return monitor
}

function describeLaunch(context: ContainerContext, container: LiveContainer, paths: ContainerPaths): MonitorLaunch {
  const { needs } = context
  const { record } = container
  const { config, hostConfig } = record
  const [rows, columns] = hostConfig.ConsoleSize ?? [0, 0]
  return {
    program: needs.monitorProgram,
    socketPath: paths.socket,
    containerId: record.id,
    bundle: paths.bundle,
    runtime: needs.runtimes.get(hostConfig.Runtime ?? ''),
    rootfs: {
      mountpoint: paths.rootfs,
      lower: needs.layers.lower(record.diffIds),
      upper: paths.upper,
      work: paths.work,
      volatile: hostConfig.AutoRemove,
    },
    views: viewLayers(record.mounts, diffIds => needs.layers.lower(diffIds)),
    terminal: config.Tty ? { rows, columns } : undefined,
    stdin: config.OpenStdin ?? false,
    stdinOnce: config.StdinOnce ?? false,
    log: monitorLog(record, paths),
    exitFile: paths.exit,
    oomFile: needs.cgroups.oomFileOf(cgroupOf(context, container)),
    cgroups: needs.cgroups.cgroupPathsOf(cgroupOf(context, container)),
  }
}
