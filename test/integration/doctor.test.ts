import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { must, run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let out: (...args: string[]) => Promise<string>
beforeAll(async () => {
  daemon = await testDaemon()
  out = clientOf(daemon, 'berth').out
})
afterAll(() => daemon[Symbol.asyncDispose]())

type Told = { Kind: string; Subject: string; Trouble: string; Outcome: string }
async function doctor(...flags: string[]): Promise<{ code: number; told: Told[] }> {
  const { code, stdout } = await daemon.berth(['system', 'doctor', '--format', 'json', ...flags])
  const told = stdout.split('\n').filter(Boolean)
  return { code, told: told.map(line => JSON.parse(line) as Told) }
}
const ORPHAN = 'deadbeef'.repeat(8)
const cgroupRoot = (): string =>
  ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find(root => existsSync(join(root, 'cgroup.procs'))) ?? ''

/** Each made by hand; where it is, and what the doctor calls it. */
const ORPHANS: [what: string, kind: string, make: () => Promise<string>][] = [
  [
    'a cgroup with a process in it',
    'cgroup',
    async () => {
      const group = join(cgroupRoot(), daemon.instance.cgroupParent, ORPHAN)
      mkdirSync(group, { recursive: true })
      const sleeper = Bun.spawn(['sleep', '1000'])
      writeFileSync(join(group, 'cgroup.procs'), String(sleeper.pid))
      return group
    },
  ],
  [
    'the directory of no container, with a file system mounted in it',
    'directory',
    async () => {
      const directory = join(daemon.instance.dataRoot, 'containers', ORPHAN)
      mkdirSync(join(directory, 'rw'), { recursive: true })
      await must(['mount', '-t', 'tmpfs', 'none', join(directory, 'rw')])
      writeFileSync(join(directory, 'rw/file'), 'x')
      return directory
    },
  ],
  [
    'what a removal has left',
    'directory',
    async () => {
      const directory = join(daemon.instance.dataRoot, 'tmp', `removed-${ORPHAN}`)
      mkdirSync(join(directory, 'deep/er'), { recursive: true })
      return directory
    },
  ],
  [
    'files of no layer',
    'layer',
    async () => {
      const directory = join(daemon.instance.dataRoot, 'layers/99999')
      mkdirSync(join(directory, 'etc'), { recursive: true })
      return directory
    },
  ],
  [
    'a blob of no layer',
    'blob',
    async () => {
      const path = join(daemon.instance.dataRoot, 'blobs/sha256', ORPHAN)
      writeFileSync(path, 'x')
      return path
    },
  ],
]

describe('berth system doctor', () => {
  test('finds nothing while all is well, with containers that run and that do not', async () => {
    await out('run', '-d', '--name', 'well', '--ipc', 'shareable', 'busybox', 'sleep', '1000')
    await out('create', '--name', 'asleep', 'busybox')
    expect((await doctor()).told).toEqual([])
    expect(await out('system', 'doctor')).toBe('Nothing is out of order.')
  })

  test('steps of builds that run are let be', async () => {
    const group = join(cgroupRoot(), daemon.instance.cgroupParent, ORPHAN)
    const step = join(daemon.instance.execRoot, 'build', ORPHAN)
    for (const path of [group, step]) mkdirSync(path, { recursive: true })
    expect((await doctor('--fix')).told).toEqual([])
    rmdirSync(group)
    rmSync(step, { recursive: true })
  })

  test.each(ORPHANS)('%s is told, and taken down with --fix', async (_, kind, make) => {
    const path = await make()
    const { code, told } = await doctor()
    const mine = told.filter(({ Kind, Subject }) => Kind === kind && ends(path, Subject))
    expect([code, mine.length]).toEqual([1, 1])
    expect(existsSync(path)).toBe(true)
    const fixed = await doctor('--fix')
    expect(fixed.told.filter(({ Outcome }) => Outcome !== 'mended')).toEqual([])
    expect(fixed.code).toBe(0)
    expect(existsSync(path)).toBe(false)
    expect((await doctor()).told).toEqual([])
    expect(await out('inspect', '--format', '{{.State.Running}}', 'well')).toBe('true')
  })

  test('a monitor of no container is killed', async () => {
    const program = join(daemon.instance.dataRoot, 'bin/berth-monitor-by-hand')
    copyFileSync('/bin/bash', program)
    const bundle = join(daemon.instance.execRoot, 'containers', ORPHAN)
    const monitor = Bun.spawn([program, '-c', 'read line', 'monitor', '--id', ORPHAN, '--bundle', bundle], {
      stdin: 'pipe',
    })
    const { told } = await doctor()
    expect(told.map(({ Kind, Subject }) => [Kind, Subject])).toEqual([['process', String(monitor.pid)]])
    expect((await doctor('--fix')).code).toBe(0)
    await monitor.exited
    expect(monitor.signalCode).toBe('SIGKILL')
    rmSync(program)
  })

  test('a container that could not be recovered is adopted once it can be', async () => {
    const id = await out('run', '-d', '--name', 'lost', '--network', 'none', 'busybox', 'sleep', '1000')
    const socket = join(daemon.instance.execRoot, 'containers', id, 'monitor.sock')
    const exit = join(daemon.instance.dataRoot, 'containers', id, 'exit')
    await daemon.kill()
    renameSync(socket, `${socket}.hidden`)
    mkdirSync(exit)
    await daemon.start()
    const { told } = await doctor()
    expect(told.map(({ Kind, Subject }) => [Kind, Subject])).toContainEqual(['container', id])
    rmSync(exit, { recursive: true })
    renameSync(`${socket}.hidden`, socket)
    expect((await doctor('--fix')).code).toBe(0)
    expect(await out('exec', 'lost', 'echo', 'alive')).toBe('alive')
    await out('stop', '-t', '0', 'lost')
    expect(await out('inspect', '--format', '{{.State.ExitCode}}', 'lost')).toBe('137')
  })

  test('an image that lacks a layer is told, and is whole again when it has been loaded', async () => {
    const archive = join(daemon.instance.dataRoot, '../image.tar')
    await out('save', '-o', archive, 'busybox')
    const [layer = ''] = readdirSync(join(daemon.instance.dataRoot, 'layers')).filter(name => /^\d+$/.test(name))
    const aside = join(daemon.instance.dataRoot, '../layer-aside')
    renameSync(join(daemon.instance.dataRoot, 'layers', layer), aside)
    const kinds = (await doctor()).told.map(({ Kind, Trouble }) => `${Kind}: ${Trouble}`)
    expect(kinds).toContain('layer: its files are gone')
    await doctor('--fix')
    expect((await doctor()).told.map(({ Kind }) => Kind)).toContain('image')
    await out('load', '-i', archive)
    expect((await doctor()).told.filter(({ Kind }) => Kind === 'image')).toEqual([])
    await must(['rm', '-rf', aside, archive])
  })

  test('directories in the place of volumes are told and never deleted', async () => {
    const stray = join(daemon.instance.dataRoot, 'volumes/stray/_data')
    mkdirSync(stray, { recursive: true })
    const { code, told } = await doctor('--fix')
    expect(told.map(({ Kind, Subject }) => [Kind, Subject])).toEqual([['directory', join(stray, '..')]])
    expect(code).toBe(1)
    expect(existsSync(stray)).toBe(true)
    rmSync(join(stray, '..'), { recursive: true })
  })

  test('another daemon than Berth is not asked', async () => {
    const server = Bun.serve({ port: 0, fetch: () => new Response('OK', { headers: { Server: 'Docker/26.1' } }) })
    const { code, stderr } = await daemon.berth(['-H', `tcp://127.0.0.1:${server.port}`, 'system', 'doctor'])
    server.stop(true)
    expect([code, stderr]).toEqual([1, 'system doctor: only a Berth daemon knows that, and this is none\n'])
  })
})

describe('rm', () => {
  test('frees the name at once, whatever is mounted in the directory; that goes behind it, and its files stay', async () => {
    const id = await out('create', '--name', 'busy', 'busybox')
    const directory = join(daemon.instance.dataRoot, 'containers', id)
    const foreign = join(daemon.instance.dataRoot, '../foreign')
    mkdirSync(foreign)
    writeFileSync(join(foreign, 'keep'), 'mine')
    mkdirSync(join(directory, 'rw/diff/place'))
    await must(['mount', '--bind', foreign, join(directory, 'rw/diff/place')])
    await must(['mount', '--bind', directory, directory])
    const holder = Bun.spawn(['sleep', '1000'], { cwd: join(directory, 'rw/diff') })
    await out('rm', 'busy')
    await out('create', '--name', 'busy', 'busybox')
    await until('the directory has gone', async () => !existsSync(directory))
    expect(existsSync(join(foreign, 'keep'))).toBe(true)
    expect((await run(['grep', '-c', foreign, '/proc/self/mountinfo'])).stdout.trim()).toBe('0')
    holder.kill()
    await out('rm', 'busy')
    rmSync(foreign, { recursive: true })
  })
})

const ends = (path: string, subject: string): boolean => path.endsWith(subject.replace(/^sha256:/, ''))
