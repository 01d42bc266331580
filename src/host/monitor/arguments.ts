import { join } from 'node:path'
import type { MonitorLaunch } from './contract.ts'

type Pair = [name: string, value: string | number | undefined]

/** The command line of berth-monitor: `--name value` pairs, see take_option in monitor.c. */
export function monitorArguments(launch: MonitorLaunch, directory: string): string[] {
  const { runtime } = launch
  const pairs: Pair[] = [
    ['id', launch.containerId],
    ['directory', directory],
    ['bundle', launch.bundle],
    ['runtime', runtime.path],
    ['root', runtime.root],
    ...(runtime.args ?? []).map((value): Pair => ['runtime-arg', value]),
    ['state', runtime.plainState ? `${runtime.root}/${launch.containerId}` : undefined],
    ['process', launch.exec?.processFile],
    ...rootfsPairs(launch.rootfs),
    ...(launch.views ?? [])
      .flatMap(({ layers, subpath, readOnly }) => [...layers, `${readOnly ? '!' : '='}${subpath}`])
      .map((value): Pair => ['view', value]),
    ['terminal', launch.terminal && `${launch.terminal.rows}x${launch.terminal.columns}`],
    ['input', launch.stdin ? (launch.stdinOnce ? 'once' : 'open') : undefined],
    ...logPairs(launch.log, directory),
    ['exit-file', launch.exitFile],
    ['oom-file', launch.oomFile],
    ['leash', launch.leash ? 1 : undefined],
    ...(launch.cgroups ?? []).map((value): Pair => ['cgroup', value]),
  ]
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]))
}

function rootfsPairs(rootfs: MonitorLaunch['rootfs']): Pair[] {
  if (!rootfs) return []
  return [
    ['mountpoint', rootfs.mountpoint],
    ...rootfs.lower.map((value): Pair => ['lower', value]),
    ['upper', rootfs.upper],
    ['work', rootfs.work],
    ['sync', rootfs.volatile ? 0 : undefined],
  ]
}

/** By a file, because everyone on the machine can read a command line. */
export const attributesFile = (directory: string): string => join(directory, 'log-attributes')

function logPairs(log: MonitorLaunch['log'], directory: string): Pair[] {
  if (!log) return []
  return [
    ['log', log.path],
    ['log-max', log.maxBytes],
    ['log-files', log.maxFiles],
    ['log-buffer', log.bufferBytes],
    ['log-attributes', log.attributes && attributesFile(directory)],
  ]
}
