import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHost } from './hosts.ts'
import { loadSettings } from './load.ts'
import { NOT_YET, OPTIONS } from './options.table.ts'
import { settingsOf } from './settings.ts'
import { usage } from './usage.ts'
import { merge, readFile, readFlags } from './values.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

function fileOf(json: unknown): string {
  const directory = mkdtempSync(join(tmpdir(), 'berth-config-'))
  directories.push(directory)
  const path = join(directory, 'daemon.json')
  writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json))
  return path
}
const load = (json: unknown, ...flags: string[]) => loadSettings(readFlags(['--config-file', fileOf(json), ...flags]))

describe('settings', () => {
  test('without any are the default instance on its own socket', () => {
    const settings = settingsOf({})
    expect(settings.instance).toMatchObject({
      id: '',
      dataRoot: '/var/lib/berth',
      bridge: 'berth0',
      cgroupParent: '/berth',
    })
    expect(settings.hosts).toEqual([{ kind: 'unix', path: '/run/berth/berth.sock' }])
    expect(settings.pidfile).toBe('/run/berth/berth.pid')
    expect(settings.defaultRuntime).toBe('crun')
  })

  test('come from flags and from the file', () => {
    const settings = load(
      {
        'insecure-registries': ['reg:5000'],
        'log-opts': { 'max-size': '1m' },
        'default-shm-size': '128m',
        debug: true,
      },
      '--data-root=/var/tmp/x',
      '--exec-root',
      '/run/x',
      '-H',
      'unix:///run/x/a.sock',
      '-Hfd://',
      '--label',
      'a=b',
      '--add-runtime',
      'kata=/usr/bin/kata',
      '--default-ulimit=nofile=10:20',
      '--default-address-pool',
      'base=10.0.0.0/8,size=24',
    )
    expect(settings.instance.dataRoot).toBe('/var/tmp/x')
    expect(settings.instance.id).toHaveLength(8)
    expect(settings.hosts).toEqual([{ kind: 'unix', path: '/run/x/a.sock' }, { kind: 'fd' }])
    expect(settings.registries.insecure).toEqual(['reg:5000'])
    expect(settings.containers.logOptions).toEqual({ 'max-size': '1m' })
    expect(settings.containers.shmBytes).toBe(128 * 1024 * 1024)
    expect(settings.containers.ulimits['nofile']).toEqual({ Name: 'nofile', Soft: 10, Hard: 20 })
    expect(settings.log.level).toBe('debug')
    expect(settings.labels).toEqual(['a=b'])
    expect(settings.runtimes['kata']).toEqual({ path: '/usr/bin/kata', args: [] })
    expect(settings.network.pools).toEqual([{ base: '10.0.0.0/8', size: 24 }])
  })

  test('the cache of builds is bounded as in dockerd', () => {
    const policy = [{ keepStorage: '10GB', filter: ['unused-for=48h'] }, { all: true }]
    const { builder } = load({ builder: { gc: { enabled: true, defaultKeepStorage: '20GB', policy } } })
    expect(builder.reserved).toBe(20 * 1024 ** 3)
    expect(builder.policies).toEqual([
      { reserved: 10 * 1024 ** 3, all: false, filters: [['unused-for', '48h']] },
      { all: true, filters: [] },
    ])
  })

  test.each([
    [{ nonsense: 1 }, /don't match any configuration option: nonsense/],
    [{ 'config-file': '/x' }, /don't match any configuration option: config-file/],
    [{ __proto__: 1, constructor: 1 }, /constructor/],
    [{ debug: 'loud' }, /"debug" must be true or false/],
    [{ hosts: 'unix:///x' }, /"hosts" must be a list of strings/],
    [{ mtu: '1500' }, /"mtu" must be a whole number/],
    [{ 'log-opts': { a: 1 } }, /"log-opts" must be an object of strings/],
    [{ runtimes: { x: {} } }, /"runtimes" must be an object of runtimes, each with a path/],
    [{ 'default-address-pools': [{ base: 1 }] }, /"default-address-pools" must be/],
    [{ builder: { gc: { defaultKeepStorage: 'much' } } }, /"builder" must be an object/],
    [{ builder: { gc: { policy: [{ filter: ['x'] }] } } }, /"builder" must be an object/],
    [{ iptables: false }, /"iptables" is not implemented yet/],
    [{ 'data-root': 'here' }, /data-root must be an absolute path/],
    [{ hosts: ['tcp://0.0.0.0:2375'] }, /refusing to listen on TCP without client certificates/],
    [{ 'default-runtime': 'kata' }, /no runtime is called "kata"/],
    [{ 'log-level': 'loud' }, /invalid log-level "loud"/],
    [{ 'registry-mirrors': ['ftp://x'] }, /invalid registry-mirror "ftp:\/\/x"/],
    [{ 'storage-driver': 'zfs' }, /invalid storage-driver "zfs"/],
    [{ labels: ['a'] }, /invalid label "a"/],
    [{ tlsverify: true, tlscacert: '/nowhere/ca.pem' }, /tlscacert: cannot read \/nowhere\/ca.pem: ENOENT/],
    ['[]', /must hold one JSON object/],
    ['{', /is not valid JSON/],
  ])('of a file with %j are refused by name', (json, message) => {
    expect(() => load(json)).toThrow(message)
  })

  test('an empty file is a file; one that was named has to be there', () => {
    expect(load('').log.level).toBe('info')
    expect(() => loadSettings(readFlags(['--config-file', '/nowhere/daemon.json']))).toThrow(
      'cannot read /nowhere/daemon.json: ENOENT',
    )
  })

  test('what file and flags say differently is a conflict, told in full', () => {
    expect(() => load({ debug: false, labels: ['a=b'] }, '--debug', '--label', 'c=d')).toThrow(
      /specified both as a flag and in the configuration file: debug: \(from flag: true, from file: false\), labels: \(from flag: \[c=d\], from file: \[a=b\]\)/,
    )
    expect(merge('f', { debug: true }, { debug: true })).toEqual({ debug: true })
  })

  test('TCP is allowed with certificates, or to who says so', () => {
    expect(load({}, '-H', 'tcp://127.0.0.1', '--insecure-tcp').hosts).toEqual([
      { kind: 'tcp', host: '127.0.0.1', port: 2375 },
    ])
    const pem = fileOf('x')
    const tls = load({ tlsverify: true, tlscacert: pem, tlscert: pem, tlskey: pem }, '-H', 'tcp://[::1]')
    expect(tls.hosts).toEqual([{ kind: 'tcp', host: '::1', port: 2376 }])
    expect(tls.tls?.ca.toString()).toBe('x')
  })
})

describe('flags', () => {
  test.each([
    [['--nonsense'], /unknown flag: --nonsense/],
    [['--iptables=false'], /--iptables is not implemented yet/],
    [['--authorization-plugin', 'x'], /--authorization-plugin is not implemented yet/],
    [['run'], /unknown argument: run/],
    [['--debug=maybe'], /invalid argument "maybe"/],
    [['--mtu', 'x'], /invalid argument "x"/],
    [['--add-runtime', 'x'], /invalid runtime: x/],
  ])('%j is refused', (flags, message) => {
    expect(() => readFlags(flags)).toThrow(message)
  })

  test('no name is both known and refused, and each is in the help', () => {
    expect(NOT_YET.filter(name => Object.hasOwn(OPTIONS, name))).toEqual([])
    const help = usage()
    for (const key of Object.keys(OPTIONS)) expect(help).toContain(key)
  })
})

describe('hosts', () => {
  test.each([
    ['unix:///a/b', { kind: 'unix', path: '/a/b' }],
    ['/a/b', { kind: 'unix', path: '/a/b' }],
    ['fd://', { kind: 'fd' }],
    ['tcp://10.0.0.1:99', { kind: 'tcp', host: '10.0.0.1', port: 99 }],
    ['tcp://:99', { kind: 'tcp', host: '127.0.0.1', port: 99 }],
    ['localhost:99', { kind: 'tcp', host: 'localhost', port: 99 }],
  ])('%s', (text, address) => {
    expect(parseHost(text, false)).toEqual(address as ReturnType<typeof parseHost>)
  })

  test.each([
    'unix://relative',
    'tcp://x:99999',
    'tcp://x/path',
    'npipe://x',
    'tcp://[1.2.3.4]:1',
    `unix:///${'a'.repeat(110)}`,
  ])('%s is refused', text => {
    expect(() => parseHost(text, false)).toThrow('invalid host')
  })
})

test('a file is read whole or not at all', () => {
  expect(() => readFile('f', '{"debug":true,"mtu":"x"}')).toThrow('f: "mtu" must be a whole number')
})
