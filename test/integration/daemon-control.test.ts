import { afterEach, describe, expect, test } from 'bun:test'
import { closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instanceAt } from '../../src/base/instance.ts'
import { listenUnix } from '../../src/host/syscalls/sockets.ts'
import { busyboxTar } from '../kit/busybox.ts'
import { leaksOf } from '../kit/leaks.ts'
import { run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

const BERTH = join(import.meta.dir, '../../dist/berth')
const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

/** A place for a daemon that each test starts in its own way; at the end it is stopped and must have left nothing. */
function place(config: Record<string, unknown> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'berth-control-'))
  const instance = instanceAt(join(directory, 'data'), join(directory, 'exec'))
  const configFile = join(directory, 'daemon.json')
  const configure = (json: Record<string, unknown>) => writeFileSync(configFile, JSON.stringify(json))
  configure(config)
  const flags = ['--data-root', instance.dataRoot, '--exec-root', instance.execRoot, '--config-file', configFile]
  const socket = join(instance.execRoot, 'berth.sock')
  const daemon = (verb: string, ...more: string[]) => run([BERTH, 'daemon', verb, ...flags, ...more])
  const docker = (...args: string[]) => run(['docker', '-H', `unix://${socket}`, ...args])
  const log = () => readFileSync(join(instance.dataRoot, 'daemon.log'), 'utf8')
  const pid = () => Number(readFileSync(join(instance.execRoot, 'berth.pid'), 'utf8'))
  cleanUps.push(async () => {
    await daemon('stop')
    const leaks = await leaksOf(instance)
    rmSync(directory, { recursive: true, force: true })
    expect(leaks).toEqual([])
  })
  return { directory, instance, flags, socket, daemon, docker, log, pid, configure }
}

describe('berth daemon', () => {
  test('start answers when it is ready, status and stop tell the truth, and each may be said twice', async () => {
    const { daemon, docker, socket } = place()
    expect(await daemon('status')).toMatchObject({ code: 3 })
    expect(await daemon('stop')).toMatchObject({ code: 0 })
    const started = await daemon('start')
    expect(started).toMatchObject({ code: 0 })
    expect(started.stdout).toContain(socket)
    expect((await docker('version', '--format', '{{.Server.Version}}')).code).toBe(0)
    expect((await daemon('start')).stdout).toContain('running already')
    expect(await daemon('status')).toMatchObject({ code: 0 })
    expect(await daemon('stop')).toMatchObject({ code: 0 })
    expect(await daemon('status')).toMatchObject({ code: 3 })
  })

  test('a start that fails shows the end of the log', async () => {
    const { daemon } = place()
    const failed = await daemon('start', '--host', 'unix:///proc/nowhere')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('cannot listen on unix:///proc/nowhere')
  })

  test('starts again after SIGKILL, over the socket and the pidfile that were left', async () => {
    const { daemon, pid } = place()
    await daemon('start')
    const first = pid()
    process.kill(first, 'SIGKILL')
    await until('it is gone', async () => (await daemon('status')).code === 3)
    expect(await daemon('start')).toMatchObject({ code: 0 })
    expect(pid()).not.toBe(first)
  })

  test('SIGHUP reads the file again; a file that is wrong changes nothing and is told in the log', async () => {
    const { daemon, docker, log, pid, configure } = place({ labels: ['a=1'] })
    await daemon('start')
    const labels = async () => (await docker('info', '--format', '{{json .Labels}}')).stdout.trim()
    expect(await labels()).toBe('["a=1"]')
    configure({ labels: ['a=2'], 'insecure-registries': ['reg.example:5000'] })
    process.kill(pid(), 'SIGHUP')
    await until('the new labels are there', async () => (await labels()) === '["a=2"]')
    expect((await docker('info')).stdout).toContain('reg.example:5000')
    configure({ labels: 'a=3' })
    process.kill(pid(), 'SIGHUP')
    await until('the log tells', async () => log().includes('configuration not reloaded'))
    expect(await labels()).toBe('["a=2"]')
  })

  test('SIGHUP changes what new containers get, and the event tells how the daemon is then', async () => {
    const { daemon, docker, log, pid, configure } = place({ 'default-stop-timeout': 3 })
    await daemon('start')
    using tar = await busyboxTar()
    await docker('import', '--change', 'CMD ["sh"]', tar.path, 'busybox')
    const limits = async () => {
      const made = await docker('create', '--quiet', 'busybox', 'sh')
      const shown = await docker(
        'inspect',
        '--format',
        '{{json .HostConfig.Ulimits}} {{.HostConfig.ShmSize}}',
        made.stdout.trim(),
      )
      const told = await docker('run', '--rm', 'busybox', 'sh', '-c', 'ulimit -n; cat /proc/1/comm; true')
      return { shown: shown.stdout.trim(), told: told.stdout.trim().split('\n') }
    }
    const before = await limits()
    expect(before.told[1]).toBe('sh')
    configure({
      'default-ulimits': { nofile: { Name: 'nofile', Soft: 333, Hard: 444 } },
      'default-shm-size': '32m',
      init: true,
      'max-concurrent-downloads': 7,
      'default-runtime': 'runc',
      debug: true,
    })
    const since = String(Math.floor(Date.now() / 1000) - 1)
    process.kill(pid(), 'SIGHUP')
    await until('it has reloaded', async () => log().includes('configuration reloaded'))
    const after = await limits()
    expect(after.told[0]).toBe('333')
    expect(after.told[1]).toMatch(/tini|init/)
    expect(after.shown).toContain(String(32 * 1024 * 1024))
    expect((await docker('info', '--format', '{{.DefaultRuntime}} {{.Debug}}')).stdout.trim()).toBe('runc true')
    const events = [
      'events',
      '--since',
      since,
      '--until',
      String(Math.floor(Date.now() / 1000) + 1),
      '--filter',
      'type=daemon',
    ]
    const { stdout } = await docker(...events, '--format', '{{json .}}')
    const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { Action: string; Actor: { Attributes: object } }
    expect(told).toMatchObject({
      Action: 'reload',
      Actor: { Attributes: { debug: 'true', 'default-runtime': 'runc', 'max-concurrent-downloads': '7' } },
    })
    for (const id of (await docker('ps', '-aq')).stdout.split('\n').filter(Boolean)) await docker('rm', '-f', id)
  })

  test('SIGHUP with a runtime that is not there changes nothing at all', async () => {
    const { daemon, docker, log, pid, configure } = place({ labels: ['a=1'] })
    await daemon('start')
    configure({ labels: ['a=2'], runtimes: { gone: { path: '/nowhere/gone' } }, 'default-runtime': 'gone' })
    process.kill(pid(), 'SIGHUP')
    await until('the log tells', async () => log().includes('configuration not reloaded'))
    expect((await docker('info', '--format', '{{json .Labels}} {{.DefaultRuntime}}')).stdout.trim()).toBe(
      '["a=1"] crun',
    )
  })

  test('--validate looks and does not start', async () => {
    const { daemon, configure, flags } = place({ debug: true })
    const validate = () => run([BERTH, 'daemon', ...flags, '--validate'])
    expect(await validate()).toMatchObject({ code: 0, stdout: 'configuration OK\n' })
    configure({ dbug: true })
    const wrong = await validate()
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('dbug')
    expect(await daemon('status')).toMatchObject({ code: 3 })
  })

  test('serves the socket that systemd hands it, and leaves it there', async () => {
    const { directory, flags, daemon } = place()
    const path = join(directory, 'activated.sock')
    const descriptor = listenUnix(path)
    // sd_listen_fds(3): the sockets begin at 3, and LISTEN_PID is who they are meant for.
    const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" daemon "$@"'
    const child = Bun.spawn(['sh', '-c', script, BERTH, ...flags, '--host', 'fd://'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
    })
    closeSync(descriptor)
    // Asked before it can be ready: the request waits in the socket's queue.
    const early = await run(['docker', '-H', `unix://${path}`, 'version', '--format', '{{.Server.Os}}'])
    expect(early).toMatchObject({ code: 0, stdout: 'linux\n' })
    await daemon('stop')
    expect(await child.exited).toBe(0)
  })

  test('a log in debug tells no secret', async () => {
    const { daemon, docker, log, socket } = place({ debug: true, 'http-proxy': 'http://user:pr0xysecret@127.0.0.1:9' })
    await daemon('start')
    const auth = Buffer.from(JSON.stringify({ username: 'u', password: 'regsecret' })).toString('base64url')
    const request = { method: 'POST', headers: { 'X-Registry-Auth': auth }, unix: socket }
    await fetch('http://d/images/create?fromImage=127.0.0.1:9/x&tag=1', request).then(answer => answer.text())
    await docker('create', '-e', 'TOKEN=envsecret', 'nothing')
    const info = (await docker('info', '--format', '{{.HTTPProxy}}')).stdout
    for (const secret of ['pr0xysecret', 'regsecret', 'envsecret', auth]) expect(log() + info).not.toContain(secret)
  })
})
