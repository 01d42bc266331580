import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseLine } from '../../formats/command-line/parse.ts'
import { createBody, parseDevice } from './create-body.ts'
import { type CreateFlags, createFlags } from './flags/create-flags.ts'

function body(...args: string[]) {
  const line = parseLine(createFlags, args, { interspersed: false })
  const [image = 'image', ...command] = line.operands
  return createBody(line.values as CreateFlags, name => line.changed.has(name), image, command)
}
const host = (...args: string[]) => body(...args).HostConfig!

describe('the body of a create', () => {
  test('attaches to the outputs where nothing is said, and closes stdin once where it is attached', () => {
    expect(body()).toMatchObject({ AttachStdin: false, AttachStdout: true, AttachStderr: true, StdinOnce: false })
    expect(body('-i')).toMatchObject({ AttachStdin: true, OpenStdin: true, StdinOnce: true })
    expect(body('-a', 'STDERR', '-i')).toMatchObject({ AttachStdin: true, AttachStdout: false, AttachStderr: true })
  })

  test('keeps flags after the image for the command', () => {
    expect(body('-e', 'A=1', 'busybox', 'ls', '-e', 'x')).toMatchObject({
      Image: 'busybox',
      Cmd: ['ls', '-e', 'x'],
      Env: ['A=1'],
    })
  })

  test('tells an entrypoint that is emptied from one that is not given', () => {
    expect(body().Entrypoint).toBeNull()
    expect(body('--entrypoint=').Entrypoint).toEqual([''])
    expect(body('--entrypoint', 'sh').Entrypoint).toEqual(['sh'])
  })

  test('reads env and label files, where the command line has the last word', () => {
    const directory = mkdtempSync(`${tmpdir()}/create-body-`)
    writeFileSync(`${directory}/f`, 'A=file\n# c\nB=file\n')
    const flags = ['--env-file', `${directory}/f`, '-e', 'A=line', '--label-file', `${directory}/f`, '-l', 'A=line']
    const { Env, Labels } = body(...flags)
    expect(Env).toEqual(['A=file', 'B=file', 'A=line'])
    expect(Labels).toEqual({ A: 'line', B: 'file' })
    rmSync(directory, { recursive: true })
  })

  test('publishes and exposes', () => {
    const made = body(
      '-p',
      '127.0.0.1:8080-8081:80-81',
      '-p',
      '53/udp',
      '--expose',
      '9000-9001',
      '-p',
      'target=1,published=2',
    )
    expect(Object.keys(made.ExposedPorts!)).toEqual(['80/tcp', '81/tcp', '53/udp', '1/tcp', '9000/tcp', '9001/tcp'])
    expect(made.HostConfig!.PortBindings).toEqual({
      '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }],
      '81/tcp': [{ HostIp: '127.0.0.1', HostPort: '8081' }],
      '53/udp': [{ HostIp: '', HostPort: '' }],
      '1/tcp': [{ HostIp: '', HostPort: '2' }],
    })
  })

  test('tells anonymous volumes from binds, and makes relative sources absolute', () => {
    const made = body('-v', '/data', '-v', 'name:/x:ro', '-v', './a:/b')
    expect(made.Volumes).toEqual({ '/data': {} })
    expect(made.HostConfig!.Binds).toEqual(['name:/x:ro', `${process.cwd()}/a:/b`])
  })

  test('reads limits', () => {
    const made = host(
      '-m',
      '64m',
      '--memory-swap',
      '-1',
      '--cpus',
      '1.5',
      '--ulimit',
      'nofile=1:2',
      '--ulimit',
      'nofile=3',
      '--ulimit',
      'core=-1',
    )
    expect(made).toMatchObject({ Memory: 64 * 1024 ** 2, MemorySwap: -1, NanoCpus: 1_500_000_000 })
    expect(made.Ulimits).toEqual([
      { Name: 'core', Soft: -1, Hard: -1 },
      { Name: 'nofile', Soft: 3, Hard: 3 },
    ])
    expect(host('--cpus', '1/4').NanoCpus).toBe(250_000_000)
    expect(host('--gpus', '"device=0,1",capabilities=compute').DeviceRequests).toEqual([
      { Driver: '', Count: 0, DeviceIDs: ['0', '1'], Capabilities: [['compute', 'gpu']], Options: {} },
    ])
  })

  test('reads mounts, networks and security options', () => {
    expect(host('--mount', 'type=bind,src=/a,dst=/b,ro,bind-propagation=rshared').Mounts).toEqual([
      { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true, BindOptions: { Propagation: 'rshared' } },
    ])
    const network = body('--network', 'name=n,alias=a,ip=10.0.0.5', '--network', 'm')
    expect(network.HostConfig!.NetworkMode).toBe('n')
    expect(network.NetworkingConfig!.EndpointsConfig).toEqual({
      n: { Aliases: ['a'], IPAMConfig: { IPv4Address: '10.0.0.5', IPv6Address: '', LinkLocalIPs: [] } },
      m: {},
    })
    expect(host('--security-opt', 'systempaths=unconfined', '--security-opt', 'no-new-privileges')).toMatchObject({
      SecurityOpt: ['no-new-privileges'],
      MaskedPaths: [],
      ReadonlyPaths: [],
    })
    expect(host('--cap-add', 'net_admin', '--cap-drop', 'ALL')).toMatchObject({
      CapAdd: ['CAP_NET_ADMIN'],
      CapDrop: ['ALL'],
    })
  })

  test('sends neither init nor stop timeout where they are not given', () => {
    expect(host().Init).toBeUndefined()
    expect(host('--init=false').Init).toBe(false)
    expect(body('--stop-timeout', '0').StopTimeout).toBe(0)
    expect(body().StopTimeout).toBeUndefined()
  })
})

describe('devices', () => {
  const good: [string, [string, string, string]][] = [
    ['/dev/a', ['/dev/a', '/dev/a', 'rwm']],
    ['/dev/a:r', ['/dev/a', '/dev/a', 'r']],
    ['/dev/a:/dev/b', ['/dev/a', '/dev/b', 'rwm']],
    ['/dev/a:/dev/b:rw', ['/dev/a', '/dev/b', 'rw']],
  ]
  for (const [text, [PathOnHost, PathInContainer, CgroupPermissions]] of good) {
    test(text, () => expect(parseDevice(text)).toEqual({ PathOnHost, PathInContainer, CgroupPermissions }))
  }
  for (const text of ['', 'a', '/dev/a:b', '/dev/a:/b:rr', '/a:/b:rw:c', ':/b']) {
    test(`${JSON.stringify(text)} is refused`, () => expect(() => parseDevice(text)).toThrow())
  }
})
