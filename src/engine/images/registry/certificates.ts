import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { logger } from '../../../base/log.ts'

/** What to trust and what to show when speaking TLS with one host. */
export type HostCertificates = { ca: string[]; cert?: string; key?: string }

const log = logger('registry')
/** Debian, Fedora, Alpine. */
const SYSTEM_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem']

/** The machine's authorities and those of `<directory>/<host[:port]>/*.crt`; `x.cert` with `x.key` is our own certificate for that host alone. */
export async function certificatesOf(host: string, directories: readonly string[]): Promise<HostCertificates> {
  const found: HostCertificates = { ca: [...(await systemAuthorities())] }
  // A host comes from a URL: it holds no slash, and `..` is no host.
  for (const directory of directories) await addFrom(join(directory, host), found)
  return found
}

async function addFrom(directory: string, found: HostCertificates): Promise<void> {
  for (const name of (await listFiles(directory)).sort()) {
    if (name.endsWith('.crt')) found.ca.push(await readFile(join(directory, name), 'utf8'))
    if (name.endsWith('.cert') && !found.cert) await addPair(join(directory, name), found)
  }
}

async function addPair(path: string, found: HostCertificates): Promise<void> {
  try {
    const key = await readFile(path.replace(/\.cert$/, '.key'), 'utf8')
    Object.assign(found, { cert: await readFile(path, 'utf8'), key })
  } catch (failure) {
    log.warn('a client certificate without its key is not used', { path, error: failure })
  }
}

async function listFiles(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch {
    return []
  }
}

let system: Promise<readonly string[]> | undefined

function systemAuthorities(): Promise<readonly string[]> {
  system ??= readSystem()
  return system
}

async function readSystem(): Promise<readonly string[]> {
  for (const bundle of SYSTEM_BUNDLES) {
    try {
      return [await readFile(bundle, 'utf8')]
    } catch {}
  }
  return rootCertificates
}
