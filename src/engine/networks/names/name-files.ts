import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isOnlyStub, parseResolvConf, type ResolvConf } from './resolv-conf.ts'

/** The three files of a container's directory that its runtime shows in /etc. */
export type NameFiles = { hosts: string; hostname: string; resolvConf: string }

const MODE = 0o644
const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
const RESOLV_CONF = '/etc/resolv.conf'
const RESOLV_CONF_BEHIND_STUB = '/run/systemd/resolve/resolv.conf'

/**
 * Written in place: a container that shares another's network shares its files too, and making a file costs far more than
 * filling one that is there. A link that somebody has put there is not followed (CVE-2015-3629). Synchronous: three small
 * files take less time than three promises.
 */
export function writeNameFiles(directory: string, { hosts, hostname, resolvConf }: NameFiles): void {
  mkdirSync(directory, { recursive: true, mode: 0o710 })
  fill(join(directory, 'hosts'), hosts)
  fill(join(directory, 'hostname'), hostname)
  fill(join(directory, 'resolv.conf'), resolvConf)
}

/** Changes one of the files of a container that runs, in place. */
export function editNameFile(directory: string, name: 'hosts' | 'resolv.conf', edit: (text: string) => string): void {
  const path = join(directory, name)
  fill(path, edit(readIfThere(path)))
}

function fill(path: string, text: string): void {
  const file = openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, MODE)
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path} is no regular file`)
    ftruncateSync(file)
    writeSync(file, text)
  } finally {
    closeSync(file)
  }
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
