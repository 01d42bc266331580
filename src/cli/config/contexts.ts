import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { type Endpoint, parseHost, type TlsSettings } from '../../client/endpoint.ts'
import { clientFaults } from '../../client/faults.ts'

/** docker's contexts: `contexts/meta/<sha256 of the name>/meta.json` and `contexts/tls/<the same>/docker/{ca,cert,key}.pem`. */
type ContextMeta = { Name: string; Endpoints?: { docker?: { Host?: string; SkipTLSVerify?: boolean } } }

export function contextEndpoint(configDirectory: string, name: string): Endpoint {
  const id = createHash('sha256').update(name).digest('hex')
  const meta = readMeta(`${configDirectory}/contexts/meta/${id}/meta.json`, name)
  const docker = meta.Endpoints?.docker
  if (!docker?.Host) throw clientFaults.BAD_CONTEXT(`no docker endpoint configured in context "${name}"`)
  return parseHost(docker.Host, readTls(`${configDirectory}/contexts/tls/${id}/docker`, docker.SkipTLSVerify ?? false))
}

function readMeta(path: string, name: string): ContextMeta {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ContextMeta
  } catch (failure) {
    const reason = `context ${JSON.stringify(name)}: context not found: open ${path}: no such file or directory`
    throw clientFaults.BAD_CONTEXT(reason, { cause: failure })
  }
}

function readTls(directory: string, skipVerify: boolean): TlsSettings | undefined {
  const files = namesIn(directory)
  const pem = (name: string) => (files.includes(name) ? readFileSync(`${directory}/${name}`, 'utf8') : undefined)
  if (files.length === 0) return skipVerify ? { verify: false } : undefined
  return { verify: !skipVerify, ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
