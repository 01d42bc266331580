import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { pluginFaults } from './faults.ts'
import type { PluginAddress, PluginTls } from './plugin-files.ts'

const MEDIA_TYPE = 'application/vnd.docker.plugins.v1.2+json'
/** What a plugin says is kept in memory. */
const MOST_BYTES = 4 * 1024 ** 2

/** One call to a plugin: JSON there and back, by POST. Throws pluginFaults, also when it has not answered in time. */
export async function callPlugin(
  { name, address }: { name: string; address: PluginAddress },
  method: string,
  body: unknown,
  deadlineMs: number,
): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(deadlineMs)
  try {
    return await exchange(address, method, JSON.stringify(body), signal)
  } catch (failure) {
    if (signal.aborted) throw pluginFaults.SILENT(name, method, deadlineMs / 1000)
    throw pluginFaults.CALL(name, method, (failure as Error).message, { cause: failure })
  }
}

async function exchange(
  address: PluginAddress,
  method: string,
  body: string,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const response = await send(address, method, body, signal)
  const text = await readAll(response)
  const answer = parse(text)
  const problem = answer['Err']
  if (typeof problem === 'string' && problem !== '') throw new Error(problem)
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${text.trim().slice(0, 200)}`)
  return answer
}

function send(address: PluginAddress, method: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method: 'POST',
    path: `/${method}`,
    headers: { Accept: MEDIA_TYPE, 'Content-Type': MEDIA_TYPE, 'Content-Length': Buffer.byteLength(body) },
    signal,
    agent: false,
  }
  return new Promise((resolve, reject) => {
    const request = open(address, options, resolve)
    request.on('error', reject)
    request.end(body)
  })
}

function open(address: PluginAddress, options: RequestOptions, answered: (response: IncomingMessage) => void) {
  if (address.kind === 'socket') {
    return httpRequest({ ...options, socketPath: address.path, host: 'plugin' }, answered)
  }
  const { protocol, hostname, port } = new URL(address.url)
  const to = { ...options, hostname: hostname.replace(/^\[|\]$/g, ''), port }
  if (!address.tls && protocol === 'http:') return httpRequest(to, answered)
  return httpsRequest({ ...to, ...(address.tls && tlsOptions(address.tls)) }, answered)
}

const tlsOptions = ({ insecure, caFile, certFile, keyFile }: PluginTls) => ({
  rejectUnauthorized: !insecure,
  ...(caFile && { ca: readFileSync(caFile) }),
  ...(certFile && { cert: readFileSync(certFile) }),
  ...(keyFile && { key: readFileSync(keyFile) }),
})

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error('the answer is longer than 4 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** No answer, or one that is no object, says nothing: its status decides. */
function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {}
  return {}
}
