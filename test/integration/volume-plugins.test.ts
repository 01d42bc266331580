import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'
import { type VolumePlugin, volumePlugin } from '../kit/volume-plugin.ts'

let daemon: TestDaemon
let sockets: string
let root: string
let plugin: VolumePlugin
beforeAll(async () => {
  daemon = await testDaemon()
  root = mkdtempSync(join(tmpdir(), 'berth-plugin-'))
  sockets = join(daemon.instance.execRoot, 'plugins')
  plugin = volumePlugin(sockets, 'shelf', root)
})
afterAll(async () => {
  await plugin[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

const never = () => new Promise<never>(() => {})

describe.each([...CLIENTS])('volume plugins, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)

  test('a volume of a plugin is created, shown, mounted while a container runs, and removed', async () => {
    await out('volume', 'create', '-d', 'shelf', '-o', 'colour=red', 'books')
    const [shown] = JSON.parse(await out('volume', 'inspect', 'books'))
    expect(shown).toMatchObject({
      Driver: 'shelf',
      Scope: 'global',
      Mountpoint: join(root, 'books'),
      Status: { kept: 'well' },
      Options: { colour: 'red' },
    })
    const id = await out(
      'run',
      '-d',
      '--name',
      'reader',
      '-v',
      'books:/b',
      'busybox',
      'sh',
      '-c',
      'echo 1 > /b/f; sleep 1000',
    )
    await until('it has written', () => existsSync(join(root, 'books/f')))
    expect(plugin.volumes.get('books')?.users).toEqual([id])
    const [{ Mounts }] = JSON.parse(await out('inspect', 'reader'))
    expect(Mounts).toMatchObject([{ Type: 'volume', Name: 'books', Driver: 'shelf', Source: join(root, 'books') }])
    await out('rm', '-f', 'reader')
    await until('it is unmounted', () => plugin.volumes.get('books')?.users.length === 0)
    await out('volume', 'rm', 'books')
    expect(plugin.volumes.has('books')).toBe(false)
  })

  test('--volume-driver and --mount make volumes of a plugin', async () => {
    await out('run', '--rm', '--volume-driver', 'shelf', '-v', 'one:/b', 'busybox', 'true')
    const mount = 'type=volume,src=two,dst=/b,volume-driver=shelf,volume-opt=a=b'
    await out('run', '--rm', '--mount', mount, 'busybox', 'true')
    expect(await out('volume', 'ls', '--format', '{{.Name}} {{.Driver}}')).toBe('one shelf\ntwo shelf')
    await out('volume', 'rm', 'one', 'two')
  })

  test('files are copied into and out of a volume of a plugin, also while nothing runs', async () => {
    writeFileSync(join(root, 'note'), 'copied')
    await out('create', '--name', 'still', '--volume-driver', 'shelf', '-v', 'kept:/k', 'busybox')
    await out('cp', join(root, 'note'), 'still:/k/note')
    expect(readFileSync(join(root, 'kept/note'), 'utf8')).toBe('copied')
    await out('cp', 'still:/k/note', join(root, 'back'))
    expect(readFileSync(join(root, 'back'), 'utf8')).toBe('copied')
    await until('it is unmounted', () => plugin.volumes.get('kept')?.users.length === 0)
    await out('rm', 'still')
    await out('volume', 'rm', 'kept')
  })

  test('what the plugin refuses, and a plugin that is not there, are told in Docker’s words', async () => {
    const tell = async (...args: string[]) => (await client().cli(args)).stderr
    expect(await tell('volume', 'create', '-d', 'shelf', '-o', 'refuse=1', 'no')).toContain(
      'create no: VolumeDriver.Create: not this one',
    )
    expect(await tell('volume', 'create', '-d', 'nobody', 'no')).toContain(
      'create no: error looking up volume plugin nobody: plugin "nobody" not found',
    )
    expect(await out('volume', 'ls', '-q')).toBe('')
  })
})

describe('a plugin that misbehaves', () => {
  test('one that hangs holds up nobody but who asks for it', async () => {
    await using hung = volumePlugin(sockets, 'hung', root)
    const { out } = clientOf(daemon, 'docker')
    await out('volume', 'create', '-d', 'hung', 'stuck')
    hung.lies['VolumeDriver.Mount'] = never
    const starting = daemon.api(
      'POST',
      `/containers/${await out('create', '--name', 'stuck', '-v', 'stuck:/s', 'busybox')}/start`,
    )
    await until('it is asked', () => hung.calls.some(call => call.startsWith('Mount')))
    expect(await out('run', '--rm', '-v', 'other:/o', 'busybox', 'echo', 'on')).toBe('on')
    expect(await out('volume', 'ls', '-q')).toBe('other\nstuck')
    await hung[Symbol.asyncDispose]()
    expect((await starting).status).toBeGreaterThanOrEqual(500)
    await out('rm', 'stuck')
    await out('volume', 'rm', '-f', 'stuck')
    await out('volume', 'rm', 'other')
  })

  test('answers that are none are told as such, and mount nothing', async () => {
    const { out, cli } = clientOf(daemon, 'docker')
    await out('volume', 'create', '-d', 'shelf', 'odd')
    const told = async (Mountpoint: unknown) => {
      plugin.lies['VolumeDriver.Mount'] = () => ({ Mountpoint })
      return (await cli(['run', '--rm', '-v', 'odd:/o', 'busybox', 'true'])).stderr
    }
    expect(await told('etc')).toContain('answered with no absolute path as Mountpoint')
    expect(await told(7)).toContain('answered with no absolute path as Mountpoint')
    expect(await told('/not/there')).toContain('driver shelf says that it is at /not/there, which does not exist')
    delete plugin.lies['VolumeDriver.Mount']
    plugin.lies['VolumeDriver.List'] = () => ({ Volumes: [null, 7, { Name: '' }, 'x'] })
    expect(await out('volume', 'ls', '-q')).toBe('odd')
    plugin.lies['VolumeDriver.List'] = () => ({ Volumes: 'many' })
    expect(await out('volume', 'ls', '-q')).toBe('odd')
    delete plugin.lies['VolumeDriver.List']
    await out('volume', 'rm', 'odd')
  })

  test('after the daemon was killed the plugin is told of containers that have ended meanwhile', async () => {
    const { out } = clientOf(daemon, 'docker')
    await out('run', '-d', '--name', 'short', '--volume-driver', 'shelf', '-v', 'after:/a', 'busybox', 'sleep', '1000')
    const pid = Number(await out('inspect', '-f', '{{.State.Pid}}', 'short'))
    await daemon.kill()
    process.kill(pid, 'SIGKILL')
    await daemon.start()
    await until('it is unmounted', () => plugin.volumes.get('after')?.users.length === 0)
    await out('rm', 'short')
    await out('volume', 'rm', 'after')
  })
})
