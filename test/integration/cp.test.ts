import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
let scratch: string
beforeAll(async () => {
  daemon = await testDaemon()
  scratch = mkdtempSync(join(tmpdir(), 'berth-cp-'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true, force: true })
})

describe.each([...CLIENTS])('cp, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)

  test('files and directories go in and come out, of running and of stopped containers', async () => {
    const tree = join(scratch, `tree-${name}`)
    mkdirSync(join(tree, 'sub'), { recursive: true })
    writeFileSync(join(tree, 'sub/f'), 'content')
    symlinkSync('f', join(tree, 'sub/link'))
    for (const command of [['sleep', '1000'], ['true']]) {
      await out('run', '-d', '--name', 'box', 'busybox', ...command)
      await out('cp', tree, 'box:/in')
      await out('cp', 'box:/in', join(scratch, `back-${name}-${command[0]}`))
      expect(readFileSync(join(scratch, `back-${name}-${command[0]}`, 'sub/link'), 'utf8')).toBe('content')
      await out('cp', 'box:/etc/passwd', join(scratch, 'passwd'))
      expect(readFileSync(join(scratch, 'passwd'), 'utf8')).toContain('root:')
      await out('rm', '-f', 'box')
    }
  })

  test('an archive passes through standard input and output', async () => {
    await out('create', '--name', 'piped', 'busybox')
    const archive = await client().cli(['cp', 'piped:/etc/group', '-'])
    expect(archive.stdout).toContain('ustar')
    expect((await client().cli(['cp', '-', 'piped:/tmp'], { input: archive.stdout })).code).toBe(0)
    await out('cp', 'piped:/tmp/group', join(scratch, 'group'))
    expect(readFileSync(join(scratch, 'group'), 'utf8')).toContain('root:')
    await out('rm', 'piped')
  })

  test('a link in the container that points out of it leads nowhere on the host', async () => {
    const secret = join(scratch, 'secret')
    writeFileSync(secret, 'of the host')
    await out(
      'run',
      '-d',
      '--name',
      'sly',
      'busybox',
      'sh',
      '-c',
      `ln -s ${secret} /leak; ln -s ${scratch} /hole; sleep 1000`,
    )
    const read = await client().cli(['cp', '-L', 'sly:/leak', join(scratch, 'stolen')])
    expect(read.code).toBe(1)
    writeFileSync(join(scratch, 'payload'), 'payload')
    await client().cli(['cp', join(scratch, 'payload'), 'sly:/hole/written'])
    expect(existsSync(join(scratch, 'written'))).toBe(false)
    await out('rm', '-f', 'sly')
  })

  test('what is not there and what is not a directory are told in Docker’s words', async () => {
    await out('create', '--name', 'plain', 'busybox')
    expect((await client().cli(['cp', 'plain:/nope', scratch])).stderr).toContain(
      'Could not find the file /nope in container plain',
    )
    expect((await client().cli(['cp', scratch, 'plain:/etc/passwd'])).code).toBe(1)
    await out('rm', 'plain')
  })
})

describe('a client that stalls in the middle of a copy', () => {
  /** Opens a request whose body (or answer) never comes to its end. */
  const stalled = (head: string): { socket: Socket; gone: Promise<void> } => {
    const socket = connect(daemon.socket, () => socket.write(head))
    socket.pause()
    return { socket, gone: new Promise(resolve => socket.on('close', () => resolve()).on('error', () => resolve())) }
  }

  test('into a stopped container does not hold back its removal', async () => {
    const { out } = clientOf(daemon, 'docker')
    const id = await out('create', 'busybox', 'true')
    const { socket, gone } = stalled(
      `PUT /v1.44/containers/${id}/archive?path=/tmp HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: 100000\r\n\r\nabc`,
    )
    await Bun.sleep(200)
    await out('rm', id)
    socket.destroy()
    await gone
  })

  test('out of a stopped container holds back neither its start nor its removal', async () => {
    const { out } = clientOf(daemon, 'docker')
    const id = await out('create', 'busybox', 'sleep', '1000')
    const { socket, gone } = stalled(`GET /v1.44/containers/${id}/archive?path=/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    await Bun.sleep(200)
    await out('start', id)
    await out('rm', '-f', id)
    socket.destroy()
    await gone
  })
})
