import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { DEFAULT_DATA_ROOT, DEFAULT_EXEC_ROOT, type Instance, instanceAt } from '../../base/instance.ts'
import type { Level } from '../../base/log.ts'
import type { BuilderSetting } from './builder-shape.ts'
import { configFaults } from './faults.ts'
import { type HostAddress, parseHost } from './hosts.ts'
import type { AddressPool, RuntimeSetting, UlimitSetting } from './shapes.ts'
import type { Values } from './values.ts'

/** What the daemon is to be, checked and complete. */
export type DaemonSettings = {
  instance: Instance
  configFile: string
  hosts: HostAddress[]
  pidfile: string
  /** undefined: the group `berth` if there is one, else root. */
  group: string | undefined
  insecureTcp: boolean
  /** PEM texts; present when TLS is configured. */
  tls: { ca: Buffer; cert: Buffer; key: Buffer } | undefined
  log: { level: Level; format: 'text' | 'json' }
  labels: string[]
  runtimes: Record<string, RuntimeSetting>
  defaultRuntime: string
  registries: {
    insecure: string[]
    mirrors: string[]
    /** Registry → host of its token server. */
    trustedRealms: Record<string, string>
    proxies: { http: string; https: string; none: string }
    maxDownloads: number
    maxUploads: number
    maxAttempts: number
  }
  network: {
    bip: string | undefined
    fixedCidr: string | undefined
    ipForward: boolean
    ipMasq: boolean
    userlandProxy: boolean
    mtu: number
    bindAddress: string
    icc: boolean
    dns: string[]
    dnsOptions: string[]
    dnsSearch: string[]
    pools: AddressPool[]
    /** `fd…::/48`, the same for each daemon of this data root. */
    uniqueLocal: string
    hostGateways: string[]
  }
  containers: {
    logDriver: string
    logOptions: Record<string, string>
    ulimits: Record<string, UlimitSetting>
    shmBytes: number
    ipcMode: 'private' | 'shareable'
    cgroupnsMode: 'private' | 'host'
    stopTimeoutSeconds: number
    init: boolean
    initPath: string
    noNewPrivileges: boolean
    /** Text of a profile; `builtin` and `unconfined` stand for themselves. */
    seccompProfile: string
    hardened: boolean
  }
  builder: BuilderSetting
  shutdownSeconds: number
}

export const DEFAULT_CONFIG_FILE = '/etc/berth/daemon.json'
const MIB = 1024 * 1024

export function settingsOf(values: Values): DaemonSettings {
  const dataRoot = absolute('data-root', values['data-root'] ?? DEFAULT_DATA_ROOT)
  const execRoot = absolute('exec-root', values['exec-root'] ?? DEFAULT_EXEC_ROOT)
  const byName = instanceAt(dataRoot, execRoot)
  const instance = { ...byName, cgroupParent: values['cgroup-parent'] || byName.cgroupParent }
  const tls = tlsOf(values)
  const runtimes = { crun: { path: 'crun', args: [] }, runc: { path: 'runc', args: [] }, ...values.runtimes }
  const defaultRuntime = values['default-runtime'] ?? 'crun'
  if (!Object.hasOwn(runtimes, defaultRuntime)) throw configFaults.NO_RUNTIME(defaultRuntime)
  oneOf('storage-driver', values['storage-driver'] ?? 'overlay2', ['overlay2'])
  if (values['live-restore'] === false)
    throw configFaults.WRONG_VALUE('live-restore', 'false', 'true: containers always outlive the daemon')
  return {
    instance,
    configFile: values['config-file'] ?? DEFAULT_CONFIG_FILE,
    hosts: hostsOf(values, join(execRoot, 'berth.sock'), tls !== undefined),
    pidfile: absolute('pidfile', values.pidfile ?? join(execRoot, 'berth.pid')),
    group: values.group,
    insecureTcp: values['insecure-tcp'] ?? false,
    tls,
    log: logOf(values),
    labels: labelsOf(values.labels ?? []),
    runtimes,
    defaultRuntime,
    registries: registriesOf(values),
    network: networkOf(values, dataRoot),
    containers: containersOf(values),
    builder: values.builder ?? { collects: true, policies: [] },
    shutdownSeconds: atLeast('shutdown-timeout', values['shutdown-timeout'] ?? 15, 0),
  }
}

function hostsOf(values: Values, socket: string, tls: boolean): HostAddress[] {
  const texts = values.hosts?.length ? values.hosts : [`unix://${socket}`]
  const hosts = texts.map(text => parseHost(text, tls))
  const bare = hosts.findIndex(({ kind }) => kind === 'tcp')
  if (bare >= 0 && !tls && !values['insecure-tcp']) throw configFaults.BARE_TCP(texts[bare] ?? '')
  return hosts
}

/** `tls` without `tlsverify` would let in whoever connects; here TLS always asks for the client's certificate. */
function tlsOf(values: Values): DaemonSettings['tls'] {
  if (!values.tls && !values.tlsverify) return undefined
  const read = (key: 'tlscacert' | 'tlscert' | 'tlskey', file: string): Buffer =>
    readPem(key, values[key] ?? `/etc/berth/${file}`)
  return { ca: read('tlscacert', 'ca.pem'), cert: read('tlscert', 'cert.pem'), key: read('tlskey', 'key.pem') }
}

function readPem(key: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw configFaults.TLS_FILE(key, path, (cause as { code?: string }).code ?? String(cause), { cause })
  }
}

const logOf = (values: Values): DaemonSettings['log'] => ({
  level: values.debug ? 'debug' : oneOf('log-level', values['log-level'] ?? 'info', ['debug', 'info', 'warn', 'error']),
  format: oneOf('log-format', values['log-format'] ?? 'text', ['text', 'json']),
})

function labelsOf(labels: string[]): string[] {
  const wrong = labels.find(label => !/^[^=]+=/.test(label))
  if (wrong !== undefined) throw configFaults.WRONG_VALUE('label', wrong, 'key=value')
  return labels
}

const registriesOf = (values: Values): DaemonSettings['registries'] => ({
  insecure: values['insecure-registries'] ?? [],
  mirrors: (values['registry-mirrors'] ?? []).map(mirrorOf),
  trustedRealms: values['trusted-realms'] ?? {},
  proxies: {
    http: values['http-proxy'] ?? '',
    https: values['https-proxy'] ?? '',
    none: values['no-proxy'] ?? '',
  },
  maxDownloads: atLeast('max-concurrent-downloads', values['max-concurrent-downloads'] ?? 3, 1),
  maxUploads: atLeast('max-concurrent-uploads', values['max-concurrent-uploads'] ?? 5, 1),
  maxAttempts: atLeast('max-download-attempts', values['max-download-attempts'] ?? 5, 1),
})

function mirrorOf(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username)
    throw configFaults.WRONG_VALUE('registry-mirror', text, 'a URL http(s)://host[/path] without query or user')
  return text
}

const networkOf = (values: Values, dataRoot: string): DaemonSettings['network'] => ({
  bip: values.bip || undefined,
  fixedCidr: values['fixed-cidr'] || undefined,
  ipForward: values['ip-forward'] ?? true,
  ipMasq: values['ip-masq'] ?? true,
  userlandProxy: values['userland-proxy'] ?? true,
  mtu: values.mtu || 1500,
  bindAddress: values.ip || '0.0.0.0',
  icc: values.icc ?? true,
  dns: values.dns ?? [],
  dnsOptions: values['dns-opts'] ?? [],
  dnsSearch: values['dns-search'] ?? [],
  pools: values['default-address-pools'] ?? [],
  uniqueLocal: uniqueLocalOf(dataRoot),
  hostGateways: values['host-gateway-ips'] ?? [],
})

/** RFC 4193, section 3.2.2: by hash from what is this daemon's alone. */
function uniqueLocalOf(dataRoot: string): string {
  const hash = createHash('sha256').update(`${hostname()}\n${dataRoot}`).digest('hex')
  return `fd${hash.slice(0, 2)}:${hash.slice(2, 6)}:${hash.slice(6, 10)}::/48`
}

const containersOf = (values: Values): DaemonSettings['containers'] => ({
  logDriver: values['log-driver'] || 'json-file',
  logOptions: values['log-opts'] ?? {},
  ulimits: values['default-ulimits'] ?? {},
  shmBytes: values['default-shm-size'] || 64 * MIB,
  ipcMode: oneOf('default-ipc-mode', values['default-ipc-mode'] ?? 'private', ['private', 'shareable']),
  cgroupnsMode: oneOf('default-cgroupns-mode', values['default-cgroupns-mode'] ?? 'private', ['private', 'host']),
  stopTimeoutSeconds: atLeast('default-stop-timeout', values['default-stop-timeout'] ?? 10, 0),
  init: values.init ?? false,
  initPath: values['init-path'] ?? '/usr/bin/tini-static',
  noNewPrivileges: values['no-new-privileges'] ?? false,
  seccompProfile: seccompOf(values['seccomp-profile'] ?? 'builtin'),
  hardened: values.hardened ?? false,
})

function seccompOf(path: string): string {
  if (path === 'builtin' || path === '' || path === 'unconfined') return path || 'builtin'
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw configFaults.SECCOMP(path, (cause as { code?: string }).code ?? String(cause), { cause })
  }
}

function absolute(key: string, path: string): string {
  if (!isAbsolute(path) || path.includes('\0')) throw configFaults.RELATIVE(key, path)
  return resolve(path)
}

function oneOf<T extends string>(key: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find(one => one === value)
  if (found === undefined) throw configFaults.WRONG_VALUE(key, value, `one of ${allowed.join(', ')}`)
  return found
}

function atLeast(key: string, value: number, least: number): number {
  if (value < least) throw configFaults.WRONG_VALUE(key, String(value), `at least ${least}`)
  return value
}
