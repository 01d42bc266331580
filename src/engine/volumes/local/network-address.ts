import { lookup } from 'node:dns/promises'
import { isIP, isIPv4 } from 'node:net'
import { volumeFaults } from '../faults.ts'
import type { LocalMount } from './local-options.ts'

/**
 * The kernel mounts network file systems by address: a name in `addr=`, or in the device of a cifs mount, is looked up anew
 * at each mount, because it may have moved. Throws volumeFaults.
 */
export async function withAddress(mount: LocalMount): Promise<LocalMount> {
  if (mount.type !== 'nfs' && mount.type !== 'cifs' && mount.type !== 'nfs4') return mount
  const given = /(?:^|,)addr=([^,]*)/.exec(mount.options)?.[1]
  if (given) {
    const address = isIPv4(given) ? given : await addressOf(given)
    return { ...mount, options: mount.options.replace(`addr=${given}`, () => `addr=${address}`) }
  }
  if (mount.type !== 'cifs') return mount
  const host = /^(?:\w+:)?\/\/([^/:]+)/.exec(mount.device)?.[1]
  if (host === undefined || isIP(host)) return mount
  const address = await addressOf(host)
  return { ...mount, device: mount.device.replace(`//${host}`, () => `//${address}`) }
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address
  } catch (failure) {
    throw volumeFaults.ADDRESS(host, (failure as Error).message, { cause: failure })
  }
}
