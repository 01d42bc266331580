import { readdir, readFile } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { hasCode } from '../../../host/syscalls/call.ts'

/** Where a plugin listens. Source: docs.docker.com/engine/extend/plugin_api, "Plugin discovery". */
export type PluginAddress = { kind: 'socket'; path: string } | { kind: 'http'; url: string; tls?: PluginTls }

export type PluginTls = { insecure: boolean; caFile: string; certFile: string; keyFile: string }
export type PluginFile = { name: string; address: PluginAddress }

/** `sockets`: directories with NAME.sock or NAME/NAME.sock; `specs`: with NAME.spec and NAME.json. Earlier ones win. */
export type PluginDirectories = { sockets: readonly string[]; specs: readonly string[] }

/** Every plugin that a file names. Files that cannot be read are passed over: they are not ours. */
export async function findPluginFiles({ sockets, specs }: PluginDirectories): Promise<PluginFile[]> {
  const found = [
    ...(await Promise.all(sockets.map(socketsIn))).flat(),
    ...(await Promise.all(specs.map(specsIn))).flat(),
  ]
  const byName = new Map<string, PluginFile>()
  for (const file of found) if (!byName.has(file.name)) byName.set(file.name, file)
  return [...byName.values()]
}

async function socketsIn(directory: string): Promise<PluginFile[]> {
  const found: PluginFile[] = []
  for (const entry of await entriesOf(directory)) {
    const name = entry.isDirectory() ? entry.name : parse(entry.name).name
    const path = entry.isDirectory() ? join(directory, name, `${name}.sock`) : join(directory, entry.name)
    if (entry.isDirectory() ? await hasSocket(join(directory, name), `${name}.sock`) : entry.isSocket())
      if (path.endsWith('.sock')) found.push({ name, address: { kind: 'socket', path } })
  }
  return found
}

const hasSocket = async (directory: string, name: string): Promise<boolean> =>
  (await entriesOf(directory)).some(entry => entry.name === name && entry.isSocket())

async function specsIn(directory: string): Promise<PluginFile[]> {
  const entries = (await entriesOf(directory)).filter(entry => /\.(spec|json)$/.test(entry.name) && entry.isFile())
  const read = await Promise.all(entries.map(entry => readSpec(join(directory, entry.name)).catch(() => undefined)))
  return read.filter(file => file !== undefined)
}

async function readSpec(path: string): Promise<PluginFile | undefined> {
  const { name, ext } = parse(path)
  const text = (await readFile(path, 'utf8')).trim()
  if (ext === '.spec') return fileOf(name, text)
  const { Name, Addr, TLSConfig } = JSON.parse(text) as Record<string, unknown>
  const file = fileOf(typeof Name === 'string' && Name ? Name : name, String(Addr ?? ''))
  return file?.address.kind === 'http' && TLSConfig
    ? { ...file, address: { ...file.address, tls: tlsOf(TLSConfig as Record<string, unknown>) } }
    : file
}

function tlsOf(given: Record<string, unknown>): PluginTls {
  const text = (key: string) => (typeof given[key] === 'string' ? given[key] : '')
  return {
    insecure: given['InsecureSkipVerify'] === true,
    caFile: text('CAFile'),
    certFile: text('CertFile'),
    keyFile: text('KeyFile'),
  }
}

function fileOf(name: string, url: string): PluginFile | undefined {
  const socket = /^unix:\/\/(\/.+)$/.exec(url)?.[1]
  if (socket !== undefined) return { name, address: { kind: 'socket', path: socket } }
  const rest = /^(?:tcp|https?):\/\/(.+)$/.exec(url)?.[1]
  if (rest === undefined) return undefined
  return { name, address: { kind: 'http', url: `${url.startsWith('https') ? 'https' : 'http'}://${rest}` } }
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'EACCES')) return []
    throw failure
  }
}
