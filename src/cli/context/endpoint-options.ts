import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseGoBoolean } from '../../formats/command-line/numbers.ts'
import type { ContextStore, DockerEndpoint } from '../config/context-store.ts'
import { fileFailure } from '../container/create-body.ts'
import { CommandFailure, messageOf } from '../failures.ts'

const KEYS = ['from', 'host', 'ca', 'cert', 'key', 'skip-tls-verify']

export type AskedEndpoint = { endpoint: DockerEndpoint; files: Record<string, Uint8Array> }

/** For the help pages of `create` and `update`. */
export const endpointHelp = (verb: string, short: string): string => `${short}

Docker endpoint config:

NAME                DESCRIPTION
from                Copy named context's Docker endpoint configuration
host                Docker endpoint on which to connect
ca                  Trust certs signed only by this CA
cert                Path to TLS certificate file
key                 Path to TLS key file
skip-tls-verify     Skip TLS certificate validation

Example:

$ berth context ${verb} my-context --description "some description" --docker "host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file"`

/** What `--docker` says, checked: keys, files, and that they are what they are called. */
export function readEndpoint(store: ContextStore, given: Record<string, string>): AskedEndpoint {
  try {
    const unknown = Object.keys(given).find(key => !KEYS.includes(key))
    if (unknown !== undefined) throw new CommandFailure(`unrecognized config key: ${unknown}`)
    if (given['from']) return copied(store, given['from'])
    const files = filesOf(given)
    checkFiles(files)
    return { endpoint: { Host: given['host'] ?? '', SkipTLSVerify: skipOf(given['skip-tls-verify']) }, files }
  } catch (failure) {
    throw new CommandFailure(`unable to create docker endpoint config: ${messageOf(failure)}`, 1, failure)
  }
}

const copied = (store: ContextStore, from: string): AskedEndpoint => ({
  endpoint: store.read(from).Endpoints['docker'] ?? { Host: '', SkipTLSVerify: false },
  files: store.tls(from)['docker'] ?? {},
})

function skipOf(text: string | undefined): boolean {
  if (text === undefined || text === '') return false
  try {
    return parseGoBoolean(text)
  } catch (failure) {
    throw new CommandFailure(`skip-tls-verify: parsing ${JSON.stringify(text)}: invalid syntax`, 1, failure)
  }
}

function filesOf(given: Record<string, string>): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {}
  for (const key of ['ca', 'cert', 'key']) if (given[key]) files[`${key}.pem`] = readPem(given[key])
  return files
}

function readPem(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (failure) {
    throw fileFailure('open', path, failure)
  }
}

const INVALID = 'invalid docker endpoint options: failed to retrieve context tls info:'

function checkFiles(files: Record<string, Uint8Array>): void {
  const { 'ca.pem': authority, 'cert.pem': certificate, 'key.pem': key } = files
  if (authority && !isCertificate(authority)) throw new CommandFailure(`${INVALID} ca.pem seems invalid`)
  if (!certificate || !key) return
  if (!isCertificate(certificate)) throw new CommandFailure(`${INVALID} cert.pem seems invalid`)
  if (!fits(certificate, key)) throw new CommandFailure(`${INVALID} key.pem does not belong to cert.pem`)
}

function isCertificate(pem: Uint8Array): boolean {
  try {
    return new X509Certificate(pem) !== undefined
  } catch {
    return false
  }
}

function fits(certificate: Uint8Array, key: Uint8Array): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(Buffer.from(key)))
  } catch {
    return false
  }
}
