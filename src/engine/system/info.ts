import { readdirSync, readFileSync } from 'node:fs'
import type { BuildFacts } from './build-facts.ts'
import type { Machine } from './machine.ts'
import { registryConfig } from './registry-config.ts'
import type { Component } from './version.ts'

export type ContainerCounts = { running: number; paused: number; stopped: number }
export type CgroupFacts = {
  /** '1' for v1 and hybrid hierarchies. */
  version: '1' | '2'
  /** What the kernel can limit; false is told as a warning. */
  memory: boolean
  swap: boolean
  cpuQuota: boolean
  cpuShares: boolean
  cpuset: boolean
  pids: boolean
  oomKillDisable: boolean
}

/** All that `docker info` tells and that does not change while the daemon runs. */
export type SystemFacts = {
  /** Of this data directory, a UUID. */
  id: string
  build: BuildFacts
  machine: Machine
  dataRoot: string
  debug: boolean
  labels: string[]
  cgroups: CgroupFacts
  runtimes: Record<string, { path: string; args: string[] }>
  defaultRuntime: string
  components: Component[]
  securityOptions: string[]
  registries: { insecure: string[]; mirrors: string[]; proxies: { http: string; https: string; none: string } }
  volumeDrivers: string[]
  addressPools: { base: string; size: number }[]
  loggingDriver: string
  logDrivers: string[]
  initProgram: string
  backingFilesystem: string
  warnings: string[]
}

export type SystemCounts = { containers: ContainerCounts; images: number; listeners: number }

/** Source: swagger.yaml, SystemInfo; what Docker 26 also sends and clients read is kept. */
export function systemInfo(facts: SystemFacts, counts: SystemCounts): Record<string, unknown> {
  const { running, paused, stopped } = counts.containers
  return {
    ID: facts.id,
    Containers: running + paused + stopped,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: stopped,
    Images: counts.images,
    ...storagePart(facts),
    ...cgroupPart(facts.cgroups),
    ...processPart(facts, counts),
    ...machinePart(facts),
    ...registryPart(facts),
    ...runtimePart(facts),
    SecurityOptions: facts.securityOptions,
    DefaultAddressPools: facts.addressPools.map(({ base, size }) => ({ Base: base, Size: size })),
    FirewallBackend: { Driver: 'nftables' },
    CDISpecDirs: [],
    Warnings: [...warningsOf(facts), ...facts.warnings],
  }
}

const storagePart = (facts: SystemFacts) => ({
  Driver: 'overlay2',
  DriverStatus: [
    ['Backing Filesystem', facts.backingFilesystem],
    ['Supports d_type', 'true'],
  ],
  DockerRootDir: facts.dataRoot,
  Plugins: {
    Volume: facts.volumeDrivers,
    Network: ['bridge', 'host', 'null'],
    Authorization: null,
    Log: facts.logDrivers,
  },
})

const cgroupPart = (cgroups: CgroupFacts) => ({
  MemoryLimit: cgroups.memory,
  SwapLimit: cgroups.swap,
  CpuCfsPeriod: cgroups.cpuQuota,
  CpuCfsQuota: cgroups.cpuQuota,
  CPUShares: cgroups.cpuShares,
  CPUSet: cgroups.cpuset,
  PidsLimit: cgroups.pids,
  OomKillDisable: cgroups.oomKillDisable,
  CgroupDriver: 'cgroupfs',
  CgroupVersion: cgroups.version,
})

const processPart = (facts: SystemFacts, counts: SystemCounts) => ({
  IPv4Forwarding: isOne('/proc/sys/net/ipv4/ip_forward'),
  Debug: facts.debug,
  NFd: openDescriptors(),
  NGoroutines: 1,
  SystemTime: new Date().toISOString(),
  LoggingDriver: facts.loggingDriver,
  NEventsListener: counts.listeners,
})

const machinePart = ({ machine, labels, build }: SystemFacts) => ({
  KernelVersion: machine.kernelVersion,
  OperatingSystem: machine.operatingSystem,
  OSVersion: machine.osVersion,
  OSType: 'linux',
  Architecture: machine.architecture,
  NCPU: machine.processors,
  MemTotal: machine.memoryBytes,
  GenericResources: null,
  Name: machine.hostname,
  Labels: labels,
  ExperimentalBuild: false,
  ServerVersion: build.version,
})

const registryPart = ({ registries }: SystemFacts) => ({
  IndexServerAddress: 'https://index.docker.io/v1/',
  RegistryConfig: registryConfig(registries.insecure, registries.mirrors),
  HttpProxy: withoutPassword(registries.proxies.http),
  HttpsProxy: withoutPassword(registries.proxies.https),
  NoProxy: registries.proxies.none,
})

const runtimePart = (facts: SystemFacts) => ({
  Runtimes: Object.fromEntries(
    Object.entries(facts.runtimes).map(([name, { path, args }]) => [
      name,
      args.length > 0 ? { path, runtimeArgs: args } : { path },
    ]),
  ),
  DefaultRuntime: facts.defaultRuntime,
  Swarm: {
    NodeID: '',
    NodeAddr: '',
    LocalNodeState: 'inactive',
    ControlAvailable: false,
    Error: '',
    RemoteManagers: null,
  },
  LiveRestoreEnabled: true,
  Isolation: '',
  InitBinary: facts.initProgram,
  ContainerdCommit: { ID: '' },
  RuncCommit: { ID: commitOf(facts.components, 'runc') },
  InitCommit: { ID: commitOf(facts.components, 'docker-init') },
})

const commitOf = (components: Component[], name: string): string =>
  components.find(component => component.name === name)?.commit ?? ''

/** Docker's words for what the kernel lacks. */
function warningsOf({ cgroups }: SystemFacts): string[] {
  const lacking: [boolean, string][] = [
    [cgroups.memory, 'memory limit'],
    [cgroups.swap, 'swap limit'],
    [cgroups.cpuQuota, 'cpu cfs quota'],
    [cgroups.cpuShares, 'cpu shares'],
    [cgroups.cpuset, 'cpuset'],
    [cgroups.pids, 'pids limit'],
  ]
  return lacking.filter(([present]) => !present).map(([, name]) => `WARNING: No ${name} support`)
}

/** `info` is for everyone who may use the socket; the password of a proxy is not. */
const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, '//xxxxx:xxxxx@')

function isOne(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').trim() === '1'
  } catch {
    return false
  }
}

const openDescriptors = (): number => readdirSync('/proc/self/fd').length
