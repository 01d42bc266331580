import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let shared: string
beforeAll(async () => {
  daemon = await testDaemon()
  shared = mkdtempSync(join(tmpdir(), 'berth-options-'))
  writeFileSync(join(shared, 'f'), 'of the host')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(shared, { recursive: true, force: true })
})

const mountedBelow = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(point => point.startsWith(join(daemon.instance.dataRoot, 'volumes')))

describe.each([...CLIENTS])('options of local volumes, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)

  test('a device is mounted by its first user and unmounted after its last', async () => {
    await out('volume', 'create', '-o', 'type=none', '-o', `device=${shared}`, '-o', 'o=bind', 'here')
    expect(mountedBelow()).toEqual([])
    for (const one of ['first', 'second'])
      await out('run', '-d', '--name', one, '-v', 'here:/h', 'busybox', 'sleep', '1000')
    expect(await out('exec', 'second', 'cat', '/h/f')).toBe('of the host')
    expect(mountedBelow()).toHaveLength(1)
    await out('rm', '-f', 'first')
    expect(await out('run', '--rm', '-v', 'here:/h', 'busybox', 'cat', '/h/f')).toBe('of the host')
    expect(mountedBelow()).toHaveLength(1)
    await out('rm', '-f', 'second')
    await until('it is unmounted', () => mountedBelow().length === 0)
    await out('volume', 'rm', 'here')
    expect(readFileSync(join(shared, 'f'), 'utf8')).toBe('of the host')
  })

  test('a tmpfs has its size and begins empty each time', async () => {
    await out('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m,uid=1000', 'memory')
    const used = await out('run', '--rm', '-v', 'memory:/m', 'busybox', 'sh', '-c', 'stat -c %u /m; df -k /m | tail -1')
    expect(used).toMatch(/^1000\ntmpfs +1024 /)
    await out('run', '--rm', '-v', 'memory:/m', 'busybox', 'touch', '/m/f')
    await until('it is unmounted', () => mountedBelow().length === 0)
    expect(await out('run', '--rm', '-v', 'memory:/m', 'busybox', 'ls', '/m')).toBe('')
    await until('it is unmounted', () => mountedBelow().length === 0)
    await out('volume', 'rm', 'memory')
  })

  test('a bind that is read-only stays so', async () => {
    await out('volume', 'create', '-o', 'type=none', '-o', `device=${shared}`, '-o', 'o=bind,ro', 'fixed')
    const refused = await client().cli(['run', '--rm', '-v', 'fixed:/h', 'busybox', 'touch', '/h/g'])
    expect(refused.stderr).toContain('Read-only file system')
    await until('it is unmounted', () => mountedBelow().length === 0)
    await out('volume', 'rm', 'fixed')
  })

  test('a device that is not there keeps the container from starting, and the message names it', async () => {
    await out('volume', 'create', '-o', 'type=none', '-o', 'device=/not/there', '-o', 'o=bind', 'lost')
    const { code, stderr } = await client().cli(['run', '--name', 'lost', '-v', 'lost:/l', 'busybox', 'true'])
    expect(code).toBe(127)
    expect(stderr).toContain('failed to mount local volume: mount /not/there:')
    expect(stderr).toContain('no such file or directory')
    await client().cli(['rm', 'lost'])
    await out('volume', 'rm', 'lost')
  })

  test('passwords of a mount that fails are not told', async () => {
    const o = 'o=addr=127.0.0.1,username=me,password=hush'
    await out('volume', 'create', '-o', 'type=cifs', '-o', 'device=//127.0.0.1/x', '-o', o, 'secret')
    const { stderr } = await client().cli(['run', '--rm', '-v', 'secret:/s', 'busybox', 'true'])
    expect(stderr).toContain('failed to mount local volume')
    expect(stderr + daemon.log()).not.toContain('hush')
    await out('volume', 'rm', 'secret')
  })

  test('files are copied into it while nothing runs', async () => {
    const inner = join(shared, `inner-${name}`)
    mkdirSync(inner)
    await out('volume', 'create', '-o', 'type=none', '-o', `device=${inner}`, '-o', 'o=bind', 'target')
    await out('create', '--name', 'still', '-v', 'target:/t', 'busybox')
    await out('cp', join(shared, 'f'), 'still:/t/copied')
    expect(readFileSync(join(inner, 'copied'), 'utf8')).toBe('of the host')
    await until('it is unmounted', () => mountedBelow().length === 0)
    await out('rm', 'still')
    await out('volume', 'rm', 'target')
  })
})

test('a killed daemon finds its mounts again: the used one stays, the unused one goes', async () => {
  const { out } = clientOf(daemon, 'docker')
  const bind = ['-o', 'type=none', '-o', `device=${shared}`, '-o', 'o=bind']
  for (const volume of ['used', 'unused']) await out('volume', 'create', ...bind, volume)
  await out('run', '-d', '--name', 'stays', '-v', 'used:/u', 'busybox', 'sleep', '1000')
  await out('run', '-d', '--name', 'goes', '-v', 'unused:/u', 'busybox', 'sleep', '1000')
  const pid = Number(await out('inspect', '-f', '{{.State.Pid}}', 'goes'))
  await daemon.kill()
  process.kill(pid, 'SIGKILL')
  await daemon.start()
  expect(mountedBelow()).toEqual([join(daemon.instance.dataRoot, 'volumes/used/_data')])
  expect(await out('exec', 'stays', 'cat', '/u/f')).toBe('of the host')
  await out('rm', '-f', 'stays', 'goes')
  await until('both are unmounted', () => mountedBelow().length === 0)
  await out('volume', 'rm', 'used', 'unused')
})
