import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

describe.each([...CLIENTS])('the life of a container, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)
  const cli = (...args: string[]) => client().cli(args)
  const state = (container: string, field: string) => out('inspect', '--format', `{{.State.${field}}}`, container)

  test('`run` prints what the program prints, each stream where it belongs, and ends with its code', async () => {
    const result = await cli('run', '--rm', 'busybox', 'sh', '-c', 'echo out; echo err >&2; exit 7')
    expect(result).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' })
  })

  test('`run -i` hands on standard input to its end', async () => {
    const result = await client().cli(['run', '--rm', '-i', 'busybox', 'sh', '-c', 'cat; echo done'], {
      input: 'line\n'.repeat(5000),
    })
    expect(result.stdout).toBe(`${'line\n'.repeat(5000)}done\n`)
  })

  test('`run` ends with 127 for a program that is not there, 126 for one that cannot be run, 125 for a mistake of ours', async () => {
    const missing = await cli('run', '--rm', 'busybox', 'nope')
    expect(missing.code).toBe(127)
    expect(missing.stderr).toContain('executable file not found')
    const notRunnable = await cli('run', '--rm', 'busybox', '/etc/passwd')
    expect(notRunnable.code).toBe(126)
    expect(notRunnable.stderr).toContain('permission denied')
    expect((await cli('run', '--rm', '--memory', '1', 'busybox', 'true')).code).toBe(125)
    expect((await cli('run', '--no-such-flag', 'busybox')).code).toBe(125)
    expect(await out('ps', '-aq')).toBe('')
  })

  test('create, start, stop, start, kill, rm walk through the states that Docker names', async () => {
    const id = await out('create', '--name', 'walk', 'busybox', 'sleep', '1000')
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(await state('walk', 'Status')).toBe('created')
    expect(await out('start', 'walk')).toBe('walk')
    expect(await state('walk', 'Status')).toBe('running')
    await out('stop', '-t', '0', 'walk')
    expect(await state('walk', 'Status')).toBe('exited')
    expect(await state('walk', 'ExitCode')).toBe('137')
    await out('restart', 'walk')
    expect(await state('walk', 'Running')).toBe('true')
    await out('kill', 'walk')
    await until('it is dead', async () => (await state('walk', 'Running')) === 'false')
    await out('rm', 'walk')
    expect((await cli('inspect', 'walk')).code).toBe(1)
  })

  test('`stop` sends the stop signal first and waits for the program', async () => {
    await out(
      'run',
      '-d',
      '--name',
      'polite',
      'busybox',
      'sh',
      '-c',
      'trap "exit 42" TERM; echo ready; while :; do sleep 0.1; done',
    )
    await until('it hears signals', async () => (await out('logs', 'polite')) === 'ready')
    await out('stop', 'polite')
    expect(await state('polite', 'ExitCode')).toBe('42')
    await out('rm', 'polite')
  })

  test('`wait` gives the exit code, also of one that has ended', async () => {
    await out('run', '-d', '--name', 'waited', 'busybox', 'sh', '-c', 'sleep 0.3; exit 5')
    expect(await out('wait', 'waited')).toBe('5')
    expect(await out('wait', 'waited')).toBe('5')
    await out('rm', 'waited')
  })

  test('pause freezes, unpause thaws, and a paused one refuses exec', async () => {
    await out('run', '-d', '--name', 'frozen', 'busybox', 'sleep', '1000')
    await out('pause', 'frozen')
    expect(await state('frozen', 'Status')).toBe('paused')
    expect((await cli('exec', 'frozen', 'true')).stderr).toContain('is paused')
    await out('unpause', 'frozen')
    expect((await cli('exec', 'frozen', 'true')).code).toBe(0)
    await out('rm', '-f', 'frozen')
  })

  test('names: taken ones are refused in Docker’s words, a new name is known at once, a prefix of the id is enough', async () => {
    const id = await out('create', '--name', 'first', 'busybox')
    const again = await cli('create', '--name', 'first', 'busybox')
    expect(again.code).toBe(1)
    expect(again.stderr).toContain(`Conflict. The container name "/first" is already in use by container "${id}"`)
    await out('rename', 'first', 'second')
    expect(await out('inspect', '--format', '{{.Name}}', id.slice(0, 7))).toBe('/second')
    expect((await cli('start', 'first')).stderr).toContain('No such container: first')
    await out('rm', 'second')
  })

  test('`ps` shows what runs, filters by name, label and status', async () => {
    await out('run', '-d', '--name', 'shown', '--label', 'a=b', 'busybox', 'sleep', '1000')
    await out('create', '--name', 'unborn', 'busybox')
    expect(await out('ps', '--format', '{{.Names}} {{.Image}} {{.Command}}')).toBe('shown busybox "sleep 1000"')
    expect(await out('ps', '-a', '--filter', 'status=created', '--format', '{{.Names}}')).toBe('unborn')
    expect(await out('ps', '--filter', 'label=a=b', '--format', '{{.Names}}')).toBe('shown')
    expect(await out('ps', '--filter', 'label=a=c', '-q')).toBe('')
    await out('rm', '-f', 'shown', 'unborn')
  })

  test('--rm leaves nothing when the program ends', async () => {
    await out('run', '--rm', '--name', 'fleeting', 'busybox', 'true')
    expect(await out('ps', '-aq')).toBe('')
  })

  test('--restart on-failure:2 tries twice more, then gives up', async () => {
    await out('run', '-d', '--name', 'stubborn', '--restart', 'on-failure:2', 'busybox', 'false')
    await until(
      'it gave up',
      async () => (await out('inspect', '--format', '{{.RestartCount}} {{.State.Status}}', 'stubborn')) === '2 exited',
    )
    await out('rm', 'stubborn')
  })

  test('`top` shows the processes of the container', async () => {
    await out('run', '-d', '--name', 'busy', 'busybox', 'sleep', '4321')
    expect(await out('top', 'busy')).toContain('sleep 4321')
    await out('rm', '-f', 'busy')
  })

  test('`update` changes limits of a running container', async () => {
    await out('run', '-d', '--name', 'tuned', '--memory', '64m', 'busybox', 'sleep', '1000')
    await out('update', '--memory', '96m', '--memory-swap', '96m', '--restart', 'always', 'tuned')
    expect(await out('inspect', '--format', '{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}', 'tuned')).toBe(
      `${96 * 1024 * 1024} always`,
    )
    await out('rm', '-f', 'tuned')
  })

  test('events tell the story of a container in order', async () => {
    const since = String(Date.now() / 1000)
    await out('run', '--rm', '--name', 'told', 'busybox', 'true')
    const told = await out(
      'events',
      '--since',
      since,
      '--until',
      String(Date.now() / 1000 + 1),
      '--filter',
      'container=told',
      '--format',
      '{{.Action}}',
    )
    expect(told.split('\n')).toEqual(['create', 'attach', 'start', 'die', 'destroy'])
  })
})
