import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceMapping } from '../../../formats/engine-api/common.ts'
import type { HostConfig } from '../../../formats/engine-api/container.ts'
import type { OciDevice, OciDeviceRule } from '../../../formats/oci-runtime/spec.ts'
import { createFaults } from '../create/faults.ts'
import { parseDeviceRule } from '../create/host-config.ts'

export type Devices = { devices: OciDevice[]; rules: OciDeviceRule[] }

/** Nothing is allowed; both runtimes themselves add null, zero, full, random, urandom, tty, console, ptmx and pts. */
const DENY_ALL: OciDeviceRule = { allow: false, access: 'rwm' }

/** Device nodes in the container, and which it may use. Throws createFaults.DEVICE_MISSING for what this host has not. */
export function devicesOf(hostConfig: HostConfig): Devices {
  return hostConfig.Privileged ? allDevices(hostConfig) : namedDevices(hostConfig)
}

function namedDevices({ Devices, DeviceCgroupRules }: HostConfig): Devices {
  const found: Devices = { devices: [], rules: [DENY_ALL] }
  for (const mapping of Devices ?? []) {
    const access = mapping.CgroupPermissions || 'rwm'
    for (const device of mappedDevices(mapping)) {
      found.devices.push(device)
      found.rules.push({ allow: true, type: device.type, major: device.major, minor: device.minor, access })
    }
  }
  for (const rule of DeviceCgroupRules ?? []) {
    const parsed = parseDeviceRule(rule)
    if (!parsed) throw createFaults.DEVICE_RULE(rule)
    found.rules.push({ allow: true, ...parsed })
  }
  return found
}

function allDevices({ Devices }: HostConfig): Devices {
  const elsewhere = (Devices ?? []).filter(
    ({ PathOnHost, PathInContainer }) => (PathInContainer || PathOnHost) !== PathOnHost,
  )
  const devices = [...devicesBelow('/dev', '/dev'), ...elsewhere.flatMap(mappedDevices)]
  return { devices, rules: [{ allow: true, access: 'rwm' }] }
}

/** A link is followed; a directory stands for all devices below it. */
function mappedDevices({ PathOnHost, PathInContainer }: DeviceMapping): OciDevice[] {
  const path = resolve(PathOnHost)
  const inside = PathInContainer || PathOnHost
  const status = statSync(path)
  const device = asDevice(status, inside)
  if (device) return [device]
  const below = status.isDirectory() ? devicesBelow(path, inside) : []
  if (below.length === 0) throw createFaults.DEVICE_MISSING(PathOnHost, 'not a device node')
  return below
}

function resolve(path: string): string {
  try {
    return realpathSync(path)
  } catch (cause) {
    throw createFaults.DEVICE_MISSING(path, 'no such file or directory', { cause })
  }
}

/** Made anew in every container, or no devices of the host at all. */
const SKIPPED = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev'])

function devicesBelow(directory: string, inside: string): OciDevice[] {
  return readdirSync(directory).flatMap(name => {
    const status = lstatSync(join(directory, name), { throwIfNoEntry: false })
    if (!status || SKIPPED.has(name) || name === 'console') return []
    if (status.isDirectory()) return devicesBelow(join(directory, name), join(inside, name))
    return asDevice(status, join(inside, name)) ?? []
  })
}

function asDevice(status: Stats, path: string): OciDevice | undefined {
  if (!status.isCharacterDevice() && !status.isBlockDevice()) return undefined
  const type = status.isBlockDevice() ? 'b' : 'c'
  const { uid, gid } = status
  return { path, type, ...deviceNumbers(status.rdev), fileMode: status.mode & 0o777, uid, gid }
}

/** dev_t as the kernel gives it to user space. */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  const value = BigInt(rdev)
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n)
  const minor = (value & 0xffn) | ((value >> 12n) & 0xffffff00n)
  return { major: Number(major), minor: Number(minor) }
}
