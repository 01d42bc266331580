import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { must, run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let scratch: string
beforeAll(async () => {
  daemon = await testDaemon()
  scratch = mkdtempSync(join(tmpdir(), 'berth-commit-'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true })
})

const ODD = `mkdir -p /a/b; echo hi >/a/f; ln /a/f /a/g; ln -s /x /a/l; mkfifo /a/p; mknod /a/null c 1 3; chmod 4755 /a/f
rm /bin/vi; rm -rf /home; mkdir /home; echo x >/home/new; touch '/a/we ird'; chown 1000:1000 /a/b`

describe.each(CLIENTS)('%s', name => {
  test("commit makes an image with the container's changes and config, on top of its image", async () => {
    const { out } = clientOf(daemon, name)
    await out('run', '--name', `${name}-c`, '-e', 'A=1', '-v', '/vol', 'busybox', 'sh', '-c', ODD)
    const changes = ['-c', 'ENV B=2', '-c', 'CMD ["cat","/a/f"]', '-c', 'LABEL x=y']
    const id = await out('commit', '-m', 'why', '-a', 'me', ...changes, `${name}-c`, `${name}-made:1`)
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/)
    const [image] = JSON.parse(await out('image', 'inspect', `${name}-made:1`))
    expect(image).toMatchObject({ Id: id, Author: 'me', Comment: 'why' })
    expect(image.Config).toMatchObject({ Cmd: ['cat', '/a/f'], Labels: { x: 'y' }, Volumes: { '/vol': {} } })
    expect(image.Config.Env).toEqual(expect.arrayContaining(['A=1', 'B=2']))
    expect(image.RootFS.Layers).toHaveLength(2)
    const [base] = JSON.parse(await out('image', 'inspect', 'busybox'))
    expect(image.Parent).toBe(base.Id)
    expect(await out('run', '--rm', `${name}-made:1`)).toBe('hi')
    const look = 'stat -c "%n %a %u %h %F" /a/*; ls /home; ls /bin/vi 2>&1; readlink /a/l'
    const before = await out('run', '--rm', `${name}-made:1`, 'sh', '-c', look)
    expect(before).toContain('/a/f 4755 0 2 regular file')
    expect(before).toContain('/a/null 644 0 1 character special file')
    expect(before).toContain('new\nls: /bin/vi: No such file or directory\n/x')
    // Through an archive it is the same: the layer's tar is made when it is asked for.
    const archive = join(scratch, `${name}.tar`)
    await out('save', '-o', archive, `${name}-made:1`)
    await out('rmi', `${name}-made:1`)
    await out('load', '-i', archive)
    expect(await out('run', '--rm', `${name}-made:1`, 'sh', '-c', look)).toBe(before)
  })

  test('diff tells what was added, changed and deleted', async () => {
    const { out } = clientOf(daemon, name)
    const script = 'echo x >>/etc/group; rm /bin/vi; mkdir /new; echo y >/new/f; rm -rf /home; mkdir /home'
    await out('run', '--name', `${name}-d`, 'busybox', 'sh', '-c', script)
    const lines = (await out('diff', `${name}-d`)).split('\n').sort()
    expect(lines).toEqual(['A /new', 'A /new/f', 'C /bin', 'C /etc', 'C /etc/group', 'C /home', 'D /bin/vi'])
  })

  test('a container without changes has none, and its commit adds no layer', async () => {
    const { out } = clientOf(daemon, name)
    await out('run', '--name', `${name}-e`, 'busybox', 'true')
    expect(await out('diff', `${name}-e`)).toBe('')
    const id = await out('commit', `${name}-e`)
    expect(JSON.parse(await out('image', 'inspect', id))[0].RootFS.Layers).toHaveLength(1)
  })

  test.each(['running', 'stopped'])(
    'export of a %s container: its root, mountpoints but not what is mounted',
    async state => {
      const { out, cli } = clientOf(daemon, name)
      const container = `${name}-x-${state}`
      const command = `echo in >/vol/inside; echo own >/own; ${state === 'running' ? 'sleep 1000' : 'true'}`
      await out('run', '-d', '--name', container, '-v', '/vol', 'busybox', 'sh', '-c', command)
      if (state === 'running')
        await until('it has written', async () => (await cli(['exec', container, 'cat', '/own'])).code === 0)
      else await out('wait', container)
      const file = join(scratch, `${container}.tar`)
      await out('export', '-o', file, container)
      const names = (await must(['tar', '-tf', file])).split('\n')
      expect(names).toContain('own')
      expect(names).toContain('bin/busybox')
      expect(names).toContain('vol/')
      expect(names.filter(entry => entry.startsWith('vol/'))).toEqual(['vol/'])
      expect(names.some(entry => entry.startsWith('proc/1'))).toBe(false)
      await out('rm', '-f', '-v', container)
    },
  )

  test('a container that is not there', async () => {
    const { cli } = clientOf(daemon, name)
    for (const command of ['commit', 'diff', 'export']) {
      const { code, stderr } = await cli([command, 'nope'])
      expect({ command, code }).toEqual({ command, code: 1 })
      expect(stderr).toContain('No such container: nope')
    }
  })

  test('export into a directory that is not there, and a change that is none', async () => {
    const { cli } = clientOf(daemon, name)
    expect((await cli(['export', '-o', '/nonexistent/x', `${name}-e`])).code).toBe(1)
    expect((await cli(['commit', '-c', 'RUN x', `${name}-e`])).stderr).toContain('RUN is not a valid change command')
  })
})

test('a running container is paused meanwhile, and goes on afterwards', async () => {
  const { out } = clientOf(daemon, 'docker')
  await out('run', '-d', '--name', 'busy', 'busybox', 'sh', '-c', 'while true; do date +%N >/f; done')
  const since = Math.floor(Date.now() / 1000)
  await out('commit', 'busy', 'busy:1')
  await out('commit', '--pause=false', 'busy', 'busy:2')
  expect(await out('inspect', '-f', '{{.State.Status}}', 'busy')).toBe('running')
  const until = String(Math.floor(Date.now() / 1000) + 1)
  const events = await out('events', '--since', String(since), '--until', until, '--format', '{{.Type}} {{.Action}}')
  const own = events
    .split('\n')
    .filter(line => /pause|commit|image (create|tag)/.test(line))
    .slice(-8)
  expect(own).toEqual([
    'container pause',
    'container unpause',
    'image create',
    'image tag',
    'container commit',
    'image create',
    'image tag',
    'container commit',
  ])
})

test('a tree that changes under an export never breaks the tar', async () => {
  const { out } = clientOf(daemon, 'docker')
  const script =
    'while true; do for i in 1 2 3 4 5 6 7 8; do rm -rf /d$i; mkdir /d$i; cp /bin/busybox /d$i/x; ln /d$i/x /d$i/y; echo >>/log; done; done'
  await out('run', '-d', '--name', 'restless', 'busybox', 'sh', '-c', script)
  for (let round = 0; round < 5; round++) {
    const file = join(scratch, 'restless.tar')
    await out('export', '-o', file, 'restless')
    expect((await run(['tar', '-tf', file])).stderr).toBe('')
    const id = await out('commit', '--pause=false', 'restless')
    expect(await out('run', '--rm', id, 'true')).toBe('')
  }
  await out('rm', '-f', 'restless')
}, 60_000)

test('a commit that is killed with the daemon leaves the container running, not frozen', async () => {
  const { out } = clientOf(daemon, 'docker')
  const id = await out('inspect', '-f', '{{.Id}}', 'busy')
  // What a daemon that died between the pause and its end leaves.
  await out('pause', 'busy')
  await Bun.write(join(daemon.instance.execRoot, 'containers', id, 'frozen-for-commit'), '')
  await daemon.kill()
  await daemon.start()
  expect(await out('inspect', '-f', '{{.State.Status}}', 'busy')).toBe('running')
  const pid = await out('inspect', '-f', '{{.State.Pid}}', 'busy')
  await until('it runs', () => !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' D '))
  await out('exec', 'busy', 'true')
})
