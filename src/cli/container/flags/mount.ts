import { resolve } from 'node:path'
import { parseBytes } from '../../../base/units.ts'
import { parseGoBoolean } from '../../../formats/command-line/numbers.ts'
import { parseCsvLine } from '../../../formats/csv/csv.ts'
import type { Mount } from '../../../formats/engine-api/container.ts'
import { pairOf } from './resources.ts'

/** `--mount type=bind,source=/a,target=/b,…`. Throws with docker's words. Source: docker/cli opts/mount.go. */
export function parseMount(text: string): Mount {
  const mount: Mount = { Type: 'volume', Target: '' }
  for (const field of parseCsvLine(text)) {
    const at = field.indexOf('=')
    if (at < 0) setFlag(mount, field)
    else setField(mount, field.slice(0, at).toLowerCase(), field.slice(at + 1), field)
  }
  checkMount(mount)
  return mount
}

function setFlag(mount: Mount, field: string): void {
  const key = field.toLowerCase()
  if (key === 'readonly' || key === 'ro') mount.ReadOnly = true
  else if (key === 'volume-nocopy') volumeOptions(mount).NoCopy = true
  else if (key === 'bind-nonrecursive') bindOptions(mount).NonRecursive = true
  else throw new Error(`invalid field '${field}' must be a key=value pair`)
}

const volumeOptions = (mount: Mount): NonNullable<Mount['VolumeOptions']> => {
  mount.VolumeOptions ??= { Labels: {}, DriverConfig: {} }
  return mount.VolumeOptions
}
const bindOptions = (mount: Mount): NonNullable<Mount['BindOptions']> => {
  mount.BindOptions ??= {}
  return mount.BindOptions
}
const tmpfsOptions = (mount: Mount): NonNullable<Mount['TmpfsOptions']> => {
  mount.TmpfsOptions ??= {}
  return mount.TmpfsOptions
}

type Setter = (mount: Mount, value: string, key: string) => void
const setSource: Setter = (mount, value) => {
  mount.Source = value.startsWith('.') ? resolve(value) : value
}
const setTarget: Setter = (mount, value) => {
  mount.Target = value
}
const setReadOnly: Setter = (mount, value, key) => {
  mount.ReadOnly = boolean(value, key)
}

const SETTERS: Record<string, Setter> = {
  type: (mount, value) => {
    mount.Type = value.toLowerCase() as Mount['Type']
  },
  source: setSource,
  src: setSource,
  target: setTarget,
  dst: setTarget,
  destination: setTarget,
  readonly: setReadOnly,
  ro: setReadOnly,
  consistency: (mount, value) => {
    mount.Consistency = value.toLowerCase()
  },
  'bind-propagation': (mount, value) => {
    bindOptions(mount).Propagation = value.toLowerCase()
  },
  'bind-nonrecursive': (mount, value, key) => {
    bindOptions(mount).NonRecursive = boolean(value, key)
  },
  'bind-create-src': (mount, value, key) => {
    bindOptions(mount).CreateMountpoint = boolean(value, key)
  },
  'bind-recursive': setRecursive,
  'volume-subpath': (mount, value) => {
    volumeOptions(mount).Subpath = value
  },
  'volume-nocopy': (mount, value, key) => {
    volumeOptions(mount).NoCopy = boolean(value, key)
  },
  'volume-label': (mount, value) => setPair(volumeOptions(mount).Labels!, value),
  'volume-driver': (mount, value) => {
    volumeOptions(mount).DriverConfig!.Name = value
  },
  'volume-opt': (mount, value) => {
    const driver = volumeOptions(mount).DriverConfig!
    driver.Options ??= {}
    setPair(driver.Options, value)
  },
  'image-subpath': (mount, value) => {
    mount.ImageOptions = { Subpath: value }
  },
  'tmpfs-size': (mount, value, key) => {
    tmpfsOptions(mount).SizeBytes = orInvalid(key, value, () => parseBytes(value))
  },
  'tmpfs-mode': (mount, value, key) => {
    if (!/^[0-7]+$/.test(value)) throw new Error(`invalid value for ${key}: ${value}`)
    tmpfsOptions(mount).Mode = Number.parseInt(value, 8)
  },
}

function setField(mount: Mount, key: string, value: string, field: string): void {
  const set = Object.hasOwn(SETTERS, key) ? SETTERS[key] : undefined
  if (!set) throw new Error(`unexpected key '${key}' in '${field}'`)
  set(mount, value, key)
}

function setRecursive(mount: Mount, value: string, key: string): void {
  if (value === 'disabled') bindOptions(mount).NonRecursive = true
  else if (value === 'writable') bindOptions(mount).ReadOnlyNonRecursive = true
  else if (value === 'readonly') bindOptions(mount).ReadOnlyForceRecursive = true
  else if (value !== 'enabled') {
    throw new Error(`invalid value for ${key}: ${value} (must be "enabled", "disabled", "writable", or "readonly")`)
  }
}

function setPair(map: Record<string, string>, text: string): void {
  const [key, value] = pairOf(text)
  if (key !== '') map[key] = value
}

const boolean = (value: string, key: string): boolean => orInvalid(key, value, () => parseGoBoolean(value))

function orInvalid<T>(key: string, value: string, read: () => T): T {
  try {
    return read()
  } catch {
    throw new Error(`invalid value for ${key}: ${value}`)
  }
}

function checkMount(mount: Mount): void {
  if ((mount.Type as string) === '') throw new Error('type is required')
  if (mount.Target === '') throw new Error('target is required')
  const groups = {
    volume: mount.VolumeOptions,
    image: mount.ImageOptions,
    bind: mount.BindOptions,
    tmpfs: mount.TmpfsOptions,
  }
  for (const [type, options] of Object.entries(groups)) {
    if (options && mount.Type !== type)
      throw new Error(`cannot mix '${type}-*' options with mount type '${mount.Type}'`)
  }
  const bind = mount.BindOptions
  const needsReadOnly = bind?.ReadOnlyNonRecursive ? 'writable' : bind?.ReadOnlyForceRecursive ? 'readonly' : ''
  if (needsReadOnly && !mount.ReadOnly) {
    throw new Error(`option 'bind-recursive=${needsReadOnly}' requires 'readonly' to be specified in conjunction`)
  }
  if (needsReadOnly === 'readonly' && bind?.Propagation !== 'rprivate') {
    throw new Error(
      "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
    )
  }
}
