import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isOnlyStub, parseResolvConf, type ResolvConf } from './resolv-conf.ts'

/** The three files of a container's directory that its runtime shows in /etc. */
export type NameFiles = { hosts: string; hostname: string; resolvConf: string }

const MODE = 0o644
const RESOLV_CONF = '/etc/resolv.conf'
const RESOLV_CONF_BEHIND_STUB = '/run/systemd/resolve/resolv.conf'

/**
 * New files, never the old ones again: a container that is still being taken down may hold those, and a link that somebody
 * has put there would be followed (CVE-2015-3629). Synchronous: three small files take less time than three promises.
 */
export function writeNameFiles(directory: string, { hosts, hostname, resolvConf }: NameFiles): void {
  mkdirSync(directory, { recursive: true, mode: 0o710 })
  replace(join(directory, 'hosts'), hosts)
  replace(join(directory, 'hostname'), hostname)
  replace(join(directory, 'resolv.conf'), resolvConf)
}

function replace(path: string, text: string): void {
  try {
    unlinkSync(path)
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw failure
  }
  writeFileSync(path, text, { flag: 'wx', mode: MODE })
}

/** What the host resolves by at this moment. A host without the file resolves nothing: empty. */
export function hostResolvConf(): ResolvConf {
  const own = parseResolvConf(readIfThere(RESOLV_CONF))
  return isOnlyStub(own) ? { ...own, ...withServers(parseResolvConf(readIfThere(RESOLV_CONF_BEHIND_STUB))) } : own
}

const withServers = ({ nameservers }: ResolvConf): Partial<ResolvConf> =>
  nameservers.length > 0 ? { nameservers } : {}

export const hostHosts = (): string => readIfThere('/etc/hosts')

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw failure
  }
}
