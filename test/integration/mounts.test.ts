import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
let scratch: string
beforeAll(async () => {
  daemon = await testDaemon()
  scratch = mkdtempSync(join(tmpdir(), 'berth-mounts-'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true, force: true })
})

const dataOf = (volume: string): string => join(daemon.instance.dataRoot, 'volumes', volume, '_data')
const mountTable = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(
      point =>
        /\/(volumes|views|rootfs)\b/.test(point) && point.includes(daemon.instance.dataRoot.replace(/\/data$/, '')),
    )

/** What is mounted of the volume → what the container sees there, or why it does not start. */
const SUBPATHS: [subpath: string, shown: string][] = [
  ['a', 'b\nf'],
  ['a/f', 'content'],
  ['rel', 'b\nf'],
  ['relf', 'content'],
  ['./a/../a//', 'b\nf'],
  ['abs', 'path concatenation escapes the base directory'],
  ['esc', 'path concatenation escapes the base directory'],
  ['nope', 'no such file or directory'],
  ['broken', 'no such file or directory'],
  ['a/f/x', 'not a directory'],
  ['/a', 'subpath must be a relative path within the volume'],
  ['../x', 'subpath must be a relative path within the volume'],
]

describe.each([...CLIENTS])('mounts, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)
  const said = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await client().cli(args)
    return stdout + stderr
  }

  test('a subpath of a volume is all that is mounted; one that leads out, or is not there, is refused', async () => {
    await out('volume', 'create', 'parts')
    const data = dataOf('parts')
    mkdirSync(join(data, 'a/b'), { recursive: true })
    writeFileSync(join(data, 'a/f'), 'content')
    const links = { abs: '/etc', rel: 'a', esc: '../..', relf: 'a/f', broken: 'nowhere' }
    for (const [link, target] of Object.entries(links)) symlinkSync(target, join(data, link))
    for (const [subpath, shown] of SUBPATHS) {
      const mount = `type=volume,src=parts,dst=/m,volume-subpath=${subpath}`
      const look = 'if [ -d /m ]; then ls /m; else cat /m; fi'
      expect(await said('run', '--rm', '--mount', mount, 'busybox', 'sh', '-c', look)).toContain(shown)
    }
    expect(mountTable()).toEqual([])
    await out('volume', 'rm', 'parts')
  })

  test('a subpath is writable, or not, as asked; cp sees it in a container that does not run', async () => {
    await out('run', '--rm', '-v', 'part:/v', 'busybox', 'mkdir', '/v/in')
    const mount = 'type=volume,src=part,dst=/m,volume-subpath=in'
    await out('run', '--rm', '--mount', mount, 'busybox', 'sh', '-c', 'echo x > /m/x')
    expect(readFileSync(join(dataOf('part'), 'in/x'), 'utf8')).toBe('x\n')
    expect(await said('run', '--rm', '--mount', `${mount},readonly`, 'busybox', 'touch', '/m/y')).toContain('Read-only')
    await out('create', '--name', 'resting', '--mount', mount, 'busybox')
    writeFileSync(join(scratch, 'copied'), 'copied')
    await out('cp', join(scratch, 'copied'), 'resting:/m/copied')
    expect(readFileSync(join(dataOf('part'), 'in/copied'), 'utf8')).toBe('copied')
    await out('rm', 'resting')
    await out('volume', 'rm', 'part')
  })

  test('an image is mounted read-only, whole or a part of it, and cannot be lost while a container has it', async () => {
    const made = await out('run', '-d', 'busybox', 'sh', '-c', 'mkdir /kit; echo tool > /kit/tool')
    await out('wait', made)
    await out('commit', made, 'tools')
    await out('rm', made)
    const whole = 'type=image,src=tools,dst=/t'
    expect(await out('run', '--rm', '--mount', whole, 'busybox', 'cat', '/t/kit/tool', '/t/etc/passwd')).toContain(
      'tool',
    )
    expect(await said('run', '--rm', '--mount', whole, 'busybox', 'touch', '/t/x')).toContain('Read-only')
    await out('create', '--name', 'user', '--mount', `${whole},image-subpath=kit`, 'busybox', 'cat', '/t/tool')
    expect((await client().cli(['rmi', 'tools'])).code).toBe(1)
    await out('rmi', '-f', 'tools')
    expect(await out('start', '-a', 'user')).toBe('tool')
    await out('cp', 'user:/t/tool', join(scratch, `tool-${name}`))
    expect(readFileSync(join(scratch, `tool-${name}`), 'utf8')).toBe('tool\n')
    await out('rm', 'user')
    expect(await said('create', '--mount', 'type=image,src=tools,dst=/t', 'busybox')).toContain('No such image: tools')
    expect(mountTable()).toEqual([])
  })
})

test('a directory swapped for a link while containers mount it never shows them the host', async () => {
  const { out } = clientOf(daemon, 'docker')
  writeFileSync(join(scratch, 'secret'), 'of the host')
  await out('volume', 'create', 'race')
  mkdirSync(join(dataOf('race'), 'real'))
  const swap = `cd /v; while :; do mv real kept; ln -s ${scratch} real; rm real; mv kept real; done`
  await out('run', '-d', '--name', 'swapper', '-v', 'race:/v', 'busybox', 'sh', '-c', swap)
  const mount = 'type=volume,src=race,dst=/m,volume-subpath=real'
  for (let turn = 0; turn < 10; turn++) {
    const { stdout } = await clientOf(daemon, 'docker').cli(['run', '--rm', '--mount', mount, 'busybox', 'ls', '/m'])
    expect(stdout).not.toContain('secret')
  }
  await out('rm', '-f', 'swapper')
  await out('volume', 'rm', 'race')
  expect(existsSync(join(scratch, 'secret'))).toBe(true)
})
