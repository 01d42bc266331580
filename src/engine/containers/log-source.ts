import type { MonitorLaunch } from '../../host/monitor/monitor.ts'
import { fileAttributes } from '../logs/attributes/file-attributes.ts'
import type { LogSubject } from '../logs/attributes/log-subject.ts'
import { planOf } from '../logs/drivers/log-config.ts'
import type { ContainerRecord } from './container.ts'
import type { ContainerPaths } from './container-paths.ts'

/** What the monitor writes of a container's output; undefined: nothing. */
export function monitorLog(record: ContainerRecord, paths: ContainerPaths): MonitorLaunch['log'] {
  const plan = planOf(record.hostConfig.LogConfig ?? {})
  if (!plan) return undefined
  const { maxBytes, maxFiles, bufferBytes } = plan
  return { path: paths.log, maxBytes, maxFiles, bufferBytes, attributes: attributesOf(record, paths) }
}

/** Throws logFaults.VALUE where labels, variables or the tag of its log cannot be made. */
export const checkLogAttributes = (record: ContainerRecord, paths: ContainerPaths): void =>
  void attributesOf(record, paths)

const attributesOf = (record: ContainerRecord, paths: ContainerPaths): string | undefined =>
  record.hostConfig.LogConfig?.Type === 'json-file' ? fileAttributes(logSubject(record, paths)) : undefined

export const logSubject = (record: ContainerRecord, { log }: ContainerPaths): LogSubject => ({
  id: record.id,
  name: record.name,
  imageId: record.imageId,
  imageName: record.imageRef,
  path: record.path,
  args: record.args,
  created: record.created,
  env: record.config.Env ?? [],
  labels: record.config.Labels ?? {},
  logPath: log,
  options: record.hostConfig.LogConfig?.Config ?? {},
})
