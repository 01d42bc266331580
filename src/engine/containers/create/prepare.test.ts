import { describe, expect, test } from 'bun:test'
import { Fault } from '../../../base/faults.ts'
import type { ContainerConfig, HostConfig } from '../../../formats/engine-api/container.ts'
import { prepareCreate } from './prepare.ts'
import { defaults, host, imageOf, other, prepare } from './testing/defaults.ts'

const MIB = 1024 ** 2

function refusal(work: () => unknown): Fault {
  try {
    work()
  } catch (failure) {
    if (failure instanceof Fault) return failure
    throw failure
  }
  throw new Error('nothing was refused')
}

/** Every text was asked of Docker 26.1. */
const HOST: [string, HostConfig, string][] = [
  ['too little memory', { Memory: 5 * MIB }, 'Minimum memory limit allowed is 6MB'],
  ['negative memory', { Memory: -1 }, 'Minimum memory limit allowed is 6MB'],
  [
    'less swap than memory',
    { Memory: 8 * MIB, MemorySwap: 7 * MIB },
    'Minimum memoryswap limit should be larger than memory limit, see usage',
  ],
  [
    'swap alone',
    { MemorySwap: 8 * MIB },
    'You should always set the Memory limit when using Memoryswap limit, see usage',
  ],
  [
    'more reserved than allowed',
    { Memory: 8 * MIB, MemoryReservation: 9 * MIB },
    'Minimum memory limit can not be less than memory reservation limit, see usage',
  ],
  ['little reserved', { MemoryReservation: 1 }, 'Minimum memory reservation allowed is 6MB'],
  ['swappiness 101', { MemorySwappiness: 101 }, 'Invalid value: 101, valid memory swappiness range is 0-100'],
  ['swappiness -2', { MemorySwappiness: -2 }, 'Invalid value: -2, valid memory swappiness range is 0-100'],
  [
    'more processors than there are',
    { NanoCpus: 3e9 },
    'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available',
  ],
  ['negative cpus', { NanoCpus: -1 }, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'],
  [
    'cpus and period',
    { NanoCpus: 1e9, CpuPeriod: 100_000 },
    'Conflicting options: Nano CPUs and CPU Period cannot both be set',
  ],
  [
    'cpus and quota',
    { NanoCpus: 1e9, CpuQuota: 100_000 },
    'Conflicting options: Nano CPUs and CPU Quota cannot both be set',
  ],
  ['a short period', { CpuPeriod: 999 }, 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s'],
  ['a long period', { CpuPeriod: 1_000_001 }, 'CPU cfs period can not be less than 1ms'],
  ['a small quota', { CpuQuota: 999 }, 'CPU cfs quota can not be less than 1ms (i.e. 1000)'],
  ['negative shares', { CpuShares: -1 }, 'invalid CPU shares (-1): value must be a positive integer'],
  [
    'runtime over period',
    { CpuRealtimePeriod: 10, CpuRealtimeRuntime: 1000 },
    'cpu real-time runtime cannot be higher than cpu real-time period',
  ],
  ['absent cpus', { CpusetCpus: '0-100' }, 'Requested CPUs are not available - requested 0-100, available: 0-1'],
  ['no list', { CpusetCpus: 'a' }, 'Invalid value a for cpuset cpus: invalid format: a'],
  [
    'a list without end [CVE-2018-20699]',
    { CpusetCpus: '0-2147483647' },
    'Invalid value 0-2147483647 for cpuset cpus: value of out range, maximum is 8192',
  ],
  ['a list backwards', { CpusetCpus: '1-0' }, 'Invalid value 1-0 for cpuset cpus: invalid format: 1-0'],
  ['an open list', { CpusetCpus: '0,' }, 'Invalid value 0, for cpuset cpus: invalid format: 0,'],
  ['absent node', { CpusetMems: '1' }, 'Requested memory nodes are not available - requested 1, available: 0'],
  ['small weight', { BlkioWeight: 9 }, 'Range of blkio weight is from 10 to 1000'],
  ['absent disk', { BlkioDeviceReadBps: [{ Path: '/nowhere', Rate: 5 }] }, 'stat /nowhere: no such file or directory'],
  ['no disk', { BlkioDeviceReadIOps: [{ Path: '/etc', Rate: 5 }] }, '/etc is not a block device'],
  ['oom score', { OomScoreAdj: -1001 }, 'Invalid value -1001, range for oom score adj is [-1000, 1000]'],
  ['negative shm', { ShmSize: -1 }, 'SHM size can not be less than 0'],
  [
    'a policy nobody knows',
    { RestartPolicy: { Name: 'bad' as 'no' } },
    "invalid restart policy: unknown policy 'bad'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
  ],
  [
    'a count where none belongs',
    { RestartPolicy: { Name: 'always', MaximumRetryCount: 3 } },
    "invalid restart policy: maximum retry count can only be used with 'on-failure'",
  ],
  [
    'and negative',
    { RestartPolicy: { Name: 'always', MaximumRetryCount: -1 } },
    "invalid restart policy: maximum retry count can only be used with 'on-failure' and cannot be negative",
  ],
  [
    'a negative count',
    { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: -3 } },
    'invalid restart policy: maximum retry count cannot be negative',
  ],
  [
    'removal and restart',
    { RestartPolicy: { Name: 'always' }, AutoRemove: true },
    "can't create 'AutoRemove' container with restart policy",
  ],
  ['a capability', { CapAdd: ['nope'] }, 'invalid CapAdd: unknown capability: "CAP_NOPE"'],
  ['a dropped one', { CapDrop: ['nope'] }, 'invalid CapDrop: unknown capability: "CAP_NOPE"'],
  ['CAP_ALL', { CapAdd: ['CAP_ALL'] }, 'invalid CapAdd: unknown capability: "CAP_ALL"'],
  ['an empty one', { CapAdd: [''] }, 'invalid CapAdd: unknown capability: "CAP_"'],
  ['pid mode', { PidMode: 'private' }, 'invalid PID mode: private'],
  ['pid of nobody', { PidMode: 'container:' }, 'invalid PID mode: container:'],
  ['pid of a stranger', { PidMode: 'container:nope' }, 'No such container: nope'],
  ['ipc mode', { IpcMode: 'foo' }, 'invalid IPC mode: foo'],
  ['uts mode', { UTSMode: 'container:a' }, 'invalid UTS mode: container:a'],
  ['cgroup mode', { CgroupnsMode: 'foo' as 'host' }, 'invalid cgroup namespace mode: foo'],
  ['user mode', { UsernsMode: 'foo' }, 'invalid user namespace mode: foo'],
  ['runtime', { Runtime: '../../x' }, 'unknown or invalid runtime name: ../../x'],
  ['isolation', { Isolation: 'hyperv' }, 'Invalid isolation: "hyperv" - linux only supports \'default\''],
  ['log driver', { LogConfig: { Type: 'foo' } }, 'error looking up logging plugin foo: plugin "foo" not found'],
  ['a later driver', { LogConfig: { Type: 'awslogs' } }, 'logging driver "awslogs" is not implemented'],
  [
    'log option',
    { LogConfig: { Type: 'json-file', Config: { foo: '2' } } },
    "unknown log opt 'foo' for json-file log driver",
  ],
  ['log size', { LogConfig: { Config: { 'max-size': 'x' } } }, "invalid size: 'x'"],
  ['no log size', { LogConfig: { Config: { 'max-size': '0' } } }, 'max-size must be a positive number'],
  ['log files', { LogConfig: { Config: { 'max-file': '0' } } }, 'max-file cannot be less than 1'],
  [
    'log compression',
    { LogConfig: { Config: { compress: 'true', 'max-file': '1' } } },
    'compress cannot be true when max-file is less than 2 or max-size is not set',
  ],
  ['links', { Links: ['a:b'], NetworkMode: 'host' }, "host type networking can't be used with links"],
  ['log mode', { LogConfig: { Config: { mode: 'foo' } } }, 'logger: logging mode not supported: foo'],
  [
    'log buffer',
    { LogConfig: { Config: { 'max-buffer-size': '4m' } } },
    "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
  ],
  ['security option', { SecurityOpt: ['foo'] }, 'invalid --security-opt 1: "foo"'],
  ['security pair', { SecurityOpt: ['foo=bar'] }, 'invalid --security-opt 2: "foo=bar"'],
  ['no truth', { SecurityOpt: ['no-new-privileges=foo'] }, 'invalid --security-opt 2: "no-new-privileges=foo"'],
  ['no profile', { SecurityOpt: ['seccomp=foo'] }, 'Decoding seccomp profile failed: '],
  [
    'a profile of no action',
    { SecurityOpt: ['seccomp={"defaultAction":"FOO"}'] },
    'string FOO is not a valid action for seccomp',
  ],
  [
    'a sysctl of the host',
    { Sysctls: { 'kernel.panic': '1' } },
    'sysctl "kernel.panic" is not in a separate kernel namespace',
  ],
  ['no sysctl', { Sysctls: { foo: '1' } }, 'sysctl "foo" is not in a separate kernel namespace'],
  [
    'a sysctl of the host network',
    { Sysctls: { 'net.ipv4.ip_forward': '1' }, NetworkMode: 'host' },
    'sysctl "net.ipv4.ip_forward" not allowed in host network namespace',
  ],
  [
    'a sysctl of the host ipc',
    { Sysctls: { 'kernel.shmmax': '1' }, IpcMode: 'host' },
    'sysctl "kernel.shmmax" not allowed in host IPC namespace',
  ],
  [
    'the host name by sysctl',
    { Sysctls: { 'kernel.hostname': 'x' } },
    'sysctl "kernel.hostname" is not allowed as it conflicts with the OCI "hostname" field',
  ],
  [
    'a sysctl that climbs [CVE-2022-0811]',
    { Sysctls: { 'net.ipv4/../../kernel/panic': '1' } },
    'is not in a separate kernel namespace',
  ],
  [
    'a sysctl with a plus [CVE-2022-0811]',
    { Sysctls: { 'net.x+kernel.panic': '1' } },
    'is not in a separate kernel namespace',
  ],
  [
    'a sysctl with a second line',
    { Sysctls: { 'net.ipv4.ip_forward\nkernel.panic': '1' } },
    'is not in a separate kernel namespace',
  ],
  ['a sysctl value of two lines', { Sysctls: { 'net.a': '1\n2' } }, 'invalid value of sysctl "net.a"'],
  ['ulimit', { Ulimits: [{ Name: 'foo', Soft: 1, Hard: 2 }] }, 'invalid ulimit type: foo'],
  [
    'ulimit upside down',
    { Ulimits: [{ Name: 'nofile', Soft: 3, Hard: 2 }] },
    'ulimit soft limit must be less than or equal to hard limit: 3 > 2',
  ],
  ['device rule', { DeviceCgroupRules: ['c 1:3 rwmrwm'] }, "invalid device cgroup rule format: 'c 1:3 rwmrwm'"],
  ['device number', { DeviceCgroupRules: ['c 99999999999:1 r'] }, 'invalid device cgroup rule format'],
  ['device mode', { Devices: [{ PathOnHost: '/dev/null', CgroupPermissions: 'rwx' }] }, 'invalid device mode: rwx'],
  [
    'graphics',
    { DeviceRequests: [{ Capabilities: [['gpu']], Count: -1 }] },
    'could not select device driver "" with capabilities: [[gpu]]',
  ],
  [
    'a limit of the root',
    { StorageOpt: { size: '10G' } },
    "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
  ],
  ['a storage option', { StorageOpt: { foo: 'x' } }, 'Unknown option foo'],
  [
    'an empty annotation',
    { Annotations: { '': 'x' } },
    'invalid Annotations: the empty string is not permitted as an annotation key',
  ],
  [
    'an annotation that steers crun',
    { Annotations: { 'run.oci.hooks.stdout': '/etc/passwd' } },
    'invalid Annotations: "run.oci.hooks.stdout" would steer the OCI runtime',
  ],
  ['a cgroup parent that climbs', { CgroupParent: '/a/../../b' }, 'invalid cgroup parent: /a/../../b'],
  ['a relative masked path', { MaskedPaths: ['x'] }, 'invalid MaskedPaths: x: must be absolute'],
  ['a host port', { PortBindings: { '80/tcp': [{ HostPort: '99999' }] } }, 'invalid port specification: "99999"'],
  ['ports backwards', { PortBindings: { '80/tcp': [{ HostPort: '90-80' }] } }, 'invalid port specification: "90-80"'],
  ['a negative port', { PortBindings: { '80/tcp': [{ HostPort: '-1' }] } }, 'invalid port specification: "-1"'],
  ['a container port', { PortBindings: { '70000/tcp': [{ HostPort: '80' }] } }, 'invalid port specification: "70000"'],
  ['no container port', { PortBindings: { 'x/tcp': [{ HostPort: '80' }] } }, 'invalid port specification: "x"'],
]

const CONFIG: [string, ContainerConfig, string][] = [
  ['working directory', { WorkingDir: 'x' }, "the working directory 'x' is invalid, it needs to be an absolute path"],
  ['variable', { Env: ['=x'] }, 'invalid environment variable: =x'],
  ['signal', { StopSignal: 'SIGFOO' }, 'invalid signal: SIGFOO'],
  ['signal 0', { StopSignal: '0' }, 'invalid signal: 0'],
  ['long host name', { Hostname: 'a'.repeat(65) }, 'is too long (maximum 64 bytes)'],
  ['host name of two lines', { Hostname: 'a\nb' }, 'invalid hostname format'],
  ['health', { Healthcheck: { Interval: 5 } }, 'Interval in Healthcheck cannot be less than 1ms'],
  ['retries', { Healthcheck: { Retries: -1 } }, 'Retries in Healthcheck cannot be negative'],
  ['exposed port', { ExposedPorts: { '99999/tcp': {} } }, 'invalid port specification: "99999/tcp"'],
  ['no command', { Cmd: null }, 'no command specified'],
  ['an empty entrypoint and nothing', { Cmd: [], Entrypoint: [''] }, 'no command specified'],
  ['a NUL', { Env: ['a=b\0c'] }, 'invalid Env: contains nul byte (\\x00)'],
  ['a volume at the root', { Volumes: { '/a/..': {} } }, "invalid specification: destination can't be '/'"],
]

describe('prepareCreate refuses, with 400 and in Docker’s words,', () => {
  test.each(HOST)('%s', (_, hostConfig, text) => {
    const fault = refusal(() => prepare(hostConfig))
    expect(fault.message).toContain(text)
    expect(['invalid', 'not-implemented', 'not-found']).toContain(fault.kind)
  })
  test.each(CONFIG)('%s', (_, config, text) => {
    const fault = refusal(() => prepare({}, config))
    expect(fault.message).toContain(text)
    expect(fault.kind).toBe('invalid')
  })
  test('a host name in the host’s UTS namespace', () =>
    expect(refusal(() => prepare({ UTSMode: 'host' }, { Hostname: 'x' })).message).toBe(
      'conflicting options: hostname and the UTS mode',
    ))
})

describe('what a machine cannot limit', () => {
  const nothing = Object.fromEntries(Object.keys(host.limits).map(key => [key, false])) as typeof host.limits
  test('is discarded with a warning', () => {
    const { hostConfig, warnings } = prepare(
      { Memory: 8 * MIB, CpuShares: 5, CpuQuota: 5000, PidsLimit: 5, CpusetCpus: '0', BlkioWeight: 10 },
      {},
      { host: { ...host, limits: nothing } },
    )
    expect(hostConfig).toMatchObject({ Memory: 0, CpuShares: 0, CpuQuota: 0, CpusetCpus: '', BlkioWeight: 0 })
    expect(warnings).toContain(
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    )
    expect(warnings).toHaveLength(6)
  })
})

describe('what is stored', () => {
  test('has Docker’s defaults', () => {
    const { config, hostConfig, warnings } = prepare()
    expect(warnings).toEqual([])
    expect(config).toMatchObject({ Hostname: 'abcdef012345', Env: null, Labels: {}, Tty: false, Entrypoint: null })
    expect(hostConfig).toMatchObject({
      NetworkMode: 'bridge',
      IpcMode: 'private',
      CgroupnsMode: 'private',
      ShmSize: 64 * MIB,
      Runtime: 'crun',
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '20m', 'max-file': '5' } },
      OomKillDisable: false,
      PidsLimit: null,
    })
    expect(hostConfig.MaskedPaths).toContain('/proc/kcore')
    expect(hostConfig.ReadonlyPaths).toContain('/proc/sys')
  })
  test('swap is twice the memory unless it is named', () => {
    expect(prepare({ Memory: 8 * MIB }).hostConfig.MemorySwap).toBe(16 * MIB)
    expect(prepare({ Memory: 8 * MIB, MemorySwap: -1 }).hostConfig.MemorySwap).toBe(-1)
  })
  test('names of other containers are ids', () => {
    const { hostConfig } = prepare({ PidMode: 'container:other', IpcMode: `container:${other.id.slice(0, 5)}` })
    expect(hostConfig.PidMode).toBe(`container:${other.id}`)
    expect(hostConfig.IpcMode).toBe(`container:${other.id}`)
  })
  test('a privileged container hides nothing', () => {
    expect(prepare({ Privileged: true }).hostConfig).toMatchObject({
      MaskedPaths: [],
      ReadonlyPaths: [],
      SecurityOpt: ['label=disable'],
    })
  })
  test('an empty list of masked paths means none', () =>
    expect(prepare({ MaskedPaths: [] }).hostConfig.MaskedPaths).toEqual([]))
  test('a hardened daemon limits processes', () =>
    expect(prepare({}, {}, { hardened: true }).hostConfig.PidsLimit).toBe(4096))
  test('unknown fields of a body do not get in', () => {
    const { hostConfig } = prepare({ Evil: 1 } as HostConfig)
    expect(Object.keys(hostConfig)).not.toContain('Evil')
  })
})

describe('the image', () => {
  const image = imageOf({
    Entrypoint: ['/entry'],
    Cmd: ['serve'],
    Env: ['PATH=/bin', 'A=image'],
    WorkingDir: '/srv',
    User: 'web',
    Labels: { a: 'image', b: 'image' },
    ExposedPorts: { '80/tcp': {} },
    Volumes: { '/data': {} },
    StopSignal: 'SIGINT',
    Healthcheck: { Test: ['CMD', 'x'], Interval: 1e9 },
  })
  const merged = (config: ContainerConfig) => prepareCreate({ Image: 'x', ...config }, image, defaults())

  test('says what the body does not say', () => {
    const { config, path, args } = merged({})
    expect([path, ...args]).toEqual(['/entry', 'serve'])
    expect(config).toMatchObject({
      User: 'web',
      WorkingDir: '/srv',
      StopSignal: 'SIGINT',
      ExposedPorts: { '80/tcp': {} },
    })
  })
  test('a command of the body goes with the entrypoint of the image', () =>
    expect(merged({ Cmd: ['x'] })).toMatchObject({ path: '/entry', args: ['x'] }))
  test('an entrypoint of the body goes without the command of the image', () =>
    expect(merged({ Entrypoint: ['/mine'] })).toMatchObject({ path: '/mine', args: [] }))
  test('an entrypoint of one empty text takes the entrypoint away', () =>
    expect(merged({ Entrypoint: [''], Cmd: ['x'] })).toMatchObject({ path: 'x', args: [] }))
  test('variables and labels are merged by name', () => {
    const { config } = merged({ Env: ['A=mine', 'B=mine'], Labels: { a: 'mine' } })
    expect(config.Env).toEqual(['A=mine', 'B=mine', 'PATH=/bin'])
    expect(config.Labels).toEqual({ a: 'mine', b: 'image' })
  })
  test('what it says wrongly is left out, and every container of it still runs', () => {
    const odd = imageOf({
      Cmd: ['x'],
      ExposedPorts: { '80': {}, 'x/tcp': {}, '99999/tcp': {} },
      StopSignal: 'SIGFOO',
      WorkingDir: 'relative/../dir',
      Volumes: { '/': {}, '/proc/x': {}, '/ok': {} },
      Healthcheck: { Test: ['NONE'], Interval: 1 },
    })
    const { config, mounts } = prepareCreate({ Image: 'x' }, odd, defaults())
    expect(config).toMatchObject({ ExposedPorts: { '80': {} }, WorkingDir: '/dir' })
    expect(config).not.toHaveProperty('StopSignal')
    expect(config).not.toHaveProperty('Healthcheck')
    expect(mounts.map(({ destination }) => destination)).toEqual(['/ok'])
  })
  test('a NUL in it is refused', () =>
    expect(refusal(() => prepareCreate({ Image: 'x' }, imageOf({ Cmd: ['a\0b'] }), defaults())).kind).toBe('invalid'))
  test('a health check is merged field by field', () =>
    expect(merged({ Healthcheck: { Interval: 2e9 } }).config.Healthcheck).toMatchObject({
      Test: ['CMD', 'x'],
      Interval: 2e9,
    }))
})
