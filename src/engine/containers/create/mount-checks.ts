import { statSync } from 'node:fs'
import type { Mount } from '../../../formats/engine-api/container.ts'
import {
  type BindSpec,
  cleanPath,
  invalidSpec,
  isLocalPath,
  isPropagation,
  MountSpecError,
  targetComplaint,
} from '../../../formats/mount-spec/bind.ts'
import { createFaults } from './faults.ts'

/** The result of a grammar, its complaint turned into a 400 fault. */
export function attempt<T>(read: () => T): T {
  try {
    return read()
  } catch (failure) {
    if (failure instanceof MountSpecError) throw createFaults.MOUNT(failure.message, { cause: failure })
    throw failure
  }
}

export function checkTarget(target: string): void {
  const complaint = target === '' ? "invalid mount path: '' mount path must be absolute" : placeComplaint(target)
  if (complaint !== undefined) throw createFaults.MOUNT(complaint)
}

/** What monitoring tools replace in /proc; anything else there would hide the kernel's files from the runtime [CVE-2019-16884, CVE-2019-19921]. */
const IN_PROC =
  /^\/proc\/(cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo|net\/dev|sys\/kernel\/ns_last_pid|sys\/crypto\/fips_enabled)$/

export function placeComplaint(target: string): string | undefined {
  const path = cleanPath(target)
  const isInProc = path === '/proc' || path.startsWith('/proc/')
  if (isInProc && !IN_PROC.test(path)) return `${JSON.stringify(path)} cannot be mounted because it is inside /proc`
  return targetComplaint(target)
}

/** An entry of Binds, whose complaint carries the whole of it. The source of a bind need not exist: it is made at start. */
export function checkBind(raw: string, { source, target, options }: BindSpec): void {
  const type = source.startsWith('/') ? 'bind' : 'volume'
  const complaint = target === '' ? missing('Target') : (placeComplaint(target) ?? strayOption(type, options))
  if (complaint === undefined) return
  throw createFaults.MOUNT(invalidSpec(raw, createFaults.MOUNT_CONFIG(type, complaint).message).message)
}

function strayOption(type: string, options: BindSpec['options']): string | undefined {
  if (type === 'bind' && options.noCopy) return 'field VolumeOptions must not be specified'
  return type === 'volume' && options.propagation !== '' ? 'field BindOptions must not be specified' : undefined
}

const missing = (field: string): string => `field ${field} must not be empty`

const TYPES = ['bind', 'volume', 'tmpfs', 'image']
const OPTIONS = {
  BindOptions: 'bind',
  VolumeOptions: 'volume',
  TmpfsOptions: 'tmpfs',
  ImageOptions: 'image',
} as const

/** An entry of Mounts, in the order in which Docker looks. Throws createFaults. */
export function checkMount(mount: Mount): void {
  const type = mount.Type ?? ''
  for (const [options, owner] of Object.entries(OPTIONS)) {
    const isGiven =
      mount[options as keyof typeof OPTIONS] !== undefined && mount[options as keyof typeof OPTIONS] !== null
    if (isGiven && TYPES.includes(type) && owner !== type) throw createFaults.MOUNT_OPTIONS(options, type)
  }
  const complaint = mount.Target ? placeComplaint(mount.Target) : missing('Target')
  const why = complaint ?? (TYPES.includes(type) ? undefined : 'mount type unknown') ?? CHECKS[type]?.(mount)
  if (why !== undefined) throw createFaults.MOUNT_CONFIG(type, why)
}

const CHECKS: Record<string, (mount: Mount) => string | undefined> = {
  bind: bindComplaint,
  volume: volumeComplaint,
  tmpfs: ({ Source }) => (Source ? 'field Source must not be specified' : undefined),
  image: imageComplaint,
}

function bindComplaint({ Source = '', ReadOnly, BindOptions }: Mount): string | undefined {
  if (Source === '') return missing('Source')
  const propagation = BindOptions?.Propagation ?? ''
  if (propagation !== '' && !isPropagation(propagation)) return `invalid propagation mode: ${propagation}`
  if (!Source.startsWith('/')) return `invalid mount path: '${Source}' mount path must be absolute`
  if (!BindOptions?.CreateMountpoint && !statSync(Source, { throwIfNoEntry: false })) {
    return `bind source path does not exist: ${Source}`
  }
  return recursionComplaint(ReadOnly ?? false, BindOptions ?? {})
}

function recursionComplaint(readOnly: boolean, options: NonNullable<Mount['BindOptions']>): string | undefined {
  if (!options.ReadOnlyForceRecursive) return undefined
  if (!readOnly) return 'mount options conflict: !ReadOnly && BindOptions.ReadOnlyForceRecursive'
  if (options.ReadOnlyNonRecursive) {
    return 'mount options conflict: ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive'
  }
  return options.NonRecursive ? 'mount options conflict: NonRecursive && BindOptions.ReadOnlyForceRecursive' : undefined
}

function imageComplaint({ Source, ImageOptions }: Mount): string | undefined {
  if (!Source) return missing('Source')
  const subpath = ImageOptions?.Subpath ?? ''
  return subpath !== '' && !isLocalPath(subpath) ? 'subpath must be a relative path within the image' : undefined
}

function volumeComplaint({ Source = '', ReadOnly, VolumeOptions }: Mount): string | undefined {
  const subpath = VolumeOptions?.Subpath ?? ''
  if (Source === '' && subpath !== '') return 'must not set Subpath when using anonymous volumes'
  if (subpath !== '' && !isLocalPath(subpath)) return 'subpath must be a relative path within the volume'
  return Source === '' && ReadOnly ? 'must not set ReadOnly mode when using anonymous volumes' : undefined
}
