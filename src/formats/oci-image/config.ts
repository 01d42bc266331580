import { posix } from 'node:path'
import { parseTimestamp } from '../../base/timestamps.ts'
import { type Digest, parseDigest } from '../digest/digest.ts'
import type { HealthConfig } from '../engine-api/common.ts'
import type { ContainerConfig } from '../engine-api/container.ts'
import { ociImageFaults } from './faults.ts'
import { MAX_LAYERS } from './manifest.ts'
import { type JsonObject, keys, list, object, optional, parseObject, text, textMap, texts, whole } from './reading.ts'

/** The config of an image as OCI and Docker write it, checked and with nothing null. Source: image-spec config.md, moby image.Image. */
export type OciImageConfig = {
  architecture: string
  os: string
  variant?: string
  'os.version'?: string
  created?: string
  author?: string
  comment?: string
  docker_version?: string
  container?: string
  config: ImageDefaults
  /** The container that the image was committed from; only for old clients. */
  container_config?: ImageDefaults
  history: HistoryEntry[]
  rootfs: { type: 'layers'; diff_ids: Digest[] }
}

/**
 * What an image may say about its containers, and nothing more: whatever else the document holds (security options, runtime,
 * annotations) is not read [CVE-2014-6408].
 */
export type ImageDefaults = Pick<
  ContainerConfig,
  | 'Hostname'
  | 'Domainname'
  | 'User'
  | 'ExposedPorts'
  | 'Env'
  | 'Cmd'
  | 'Healthcheck'
  | 'ArgsEscaped'
  | 'Image'
  | 'Volumes'
  | 'WorkingDir'
  | 'Entrypoint'
  | 'OnBuild'
  | 'Labels'
  | 'StopSignal'
  | 'StopTimeout'
  | 'Shell'
>

export type HistoryEntry = {
  created?: string
  created_by?: string
  author?: string
  comment?: string
  empty_layer?: boolean
}

const MAX_HISTORY = 10_000
const fail = (what: string) => ociImageFaults.CONFIG(what)

/** Reads the bytes of a config. Throws ociImageFaults.CONFIG naming the field. The bytes stay the truth: their digest is the image's id. */
export function parseImageConfig(bytes: Uint8Array): OciImageConfig {
  const document = parseObject(bytes, fail)
  const words = (key: string) => pickText(document, key, key)
  const containerConfig = optional(document.container_config, value => readDefaults(value, 'container_config'))
  return {
    architecture: words('architecture') ?? '',
    os: words('os') || 'linux',
    ...given({
      variant: words('variant'),
      'os.version': words('os.version'),
      created: readTime(words('created')),
      author: words('author'),
      comment: words('comment'),
      docker_version: words('docker_version'),
      container: words('container'),
    }),
    config: optional(document.config, value => readDefaults(value, 'config')) ?? {},
    ...(containerConfig && { container_config: containerConfig }),
    history: optional(document.history, readHistory) ?? [],
    rootfs: readRootfs(document.rootfs),
  }
}

function readRootfs(value: unknown): OciImageConfig['rootfs'] {
  const source = object(value, 'rootfs', fail)
  if (source.type !== 'layers') throw fail('rootfs.type must be layers')
  const ids = optional(source.diff_ids, item => list(item, 'rootfs.diff_ids', fail)) ?? []
  if (ids.length > MAX_LAYERS) throw fail(`rootfs.diff_ids has more than ${MAX_LAYERS} layers`)
  return { type: 'layers', diff_ids: ids.map((id, index) => readDiffId(id, index)) }
}

function readDiffId(value: unknown, index: number): Digest {
  try {
    return parseDigest(value)
  } catch (cause) {
    throw Object.assign(fail(`rootfs.diff_ids[${index}]: ${(cause as Error).message}`), { cause })
  }
}

/** Some builders write null, or null entries [CVE-2024-36620]. */
function readHistory(value: unknown): HistoryEntry[] {
  const entries = list(value, 'history', fail)
  if (entries.length > MAX_HISTORY) throw fail(`history has more than ${MAX_HISTORY} entries`)
  return entries.map((entry, index) => readHistoryEntry(entry ?? {}, `history[${index}]`))
}

function readHistoryEntry(value: unknown, field: string): HistoryEntry {
  const source = object(value, field, fail)
  const words = (key: string) => pickText(source, key, `${field}.${key}`)
  return given({
    created: readTime(words('created')),
    created_by: words('created_by'),
    author: words('author'),
    comment: words('comment'),
    empty_layer: source.empty_layer === true || undefined,
  })
}

function readDefaults(value: unknown, at: string): ImageDefaults {
  const source = object(value, at, fail)
  const words = (key: string) => pickText(source, key, `${at}.${key}`)
  const lines = (key: string) => optional(source[key], item => texts(item, `${at}.${key}`, fail))
  return given({
    Hostname: words('Hostname'),
    Domainname: words('Domainname'),
    User: words('User'),
    ExposedPorts: optional(source.ExposedPorts, item => asSet(keys(item, `${at}.ExposedPorts`, fail))),
    Env: lines('Env')?.filter(isAssignment),
    Cmd: commandOf(source.Cmd, `${at}.Cmd`),
    Healthcheck: optional(source.Healthcheck, item => readHealthcheck(item, `${at}.Healthcheck`)),
    ArgsEscaped: source.ArgsEscaped === true || undefined,
    Image: words('Image'),
    Volumes: optional(source.Volumes, item => asSet(keys(item, `${at}.Volumes`, fail).map(insideRoot))),
    WorkingDir: words('WorkingDir'),
    Entrypoint: commandOf(source.Entrypoint, `${at}.Entrypoint`),
    OnBuild: lines('OnBuild'),
    Labels: optional(source.Labels, item => textMap(item, `${at}.Labels`, fail)),
    StopSignal: words('StopSignal'),
    StopTimeout: optional(source.StopTimeout, item => whole(item, `${at}.StopTimeout`, fail)),
    Shell: lines('Shell'),
  })
}

/** Old images have a command as one text; Docker's strslice reads both. */
const commandOf = (value: unknown, field: string): string[] | undefined =>
  typeof value === 'string' ? [text(value, field, fail)] : optional(value, item => texts(item, field, fail))

/** An entry without `=` means "take it from the environment of the engine" to some runtimes [CVE-2026-57231]. */
const isAssignment = (entry: string): boolean => entry.indexOf('=') > 0

/** `..` cannot lead above the root of the container; links on the way are the business of whoever mounts [CVE-2022-23648]. */
const insideRoot = (path: string): string => posix.normalize(`/${path}`).replace(/(.)\/$/, '$1')

function readHealthcheck(value: unknown, field: string): HealthConfig {
  const source = object(value, field, fail)
  const number = (key: string) => optional(source[key], item => whole(item, `${field}.${key}`, fail))
  return given({
    Test: optional(source.Test, item => texts(item, `${field}.Test`, fail)),
    Interval: number('Interval'),
    Timeout: number('Timeout'),
    StartPeriod: number('StartPeriod'),
    StartInterval: number('StartInterval'),
    Retries: number('Retries'),
  })
}

/** A time that cannot be read is dropped, so that nothing has to fear it later. */
function readTime(value: string | undefined): string | undefined {
  try {
    if (value) parseTimestamp(value)
    return value || undefined
  } catch {
    return undefined
  }
}

const pickText = (source: JsonObject, key: string, field: string): string | undefined =>
  optional(source[key], value => text(value, field, fail))

const asSet = (names: string[]): Record<string, Record<string, never>> =>
  Object.assign(Object.create(null), Object.fromEntries(names.map(name => [name, {}])))

function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
