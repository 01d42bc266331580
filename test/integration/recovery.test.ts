import { describe, expect, test } from 'bun:test'
import { clientOf } from '../kit/clients.ts'
import { testDaemon } from '../kit/daemon.ts'
import { run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

describe('the daemon goes away and comes back', () => {
  test.each(['SIGKILL', 'SIGTERM'])(
    'after %s containers have run on, with log, port, exit code and time',
    async signal => {
      await using daemon = await testDaemon()
      const { out } = clientOf(daemon, 'docker')
      await out(
        'run',
        '-d',
        '--name',
        'web',
        '-p',
        '127.0.0.1:0:80',
        'busybox',
        'httpd',
        '-f',
        '-p',
        '80',
        '-h',
        '/etc',
      )
      const port = (await out('port', 'web', '80/tcp')).split(':').at(-1)
      await out(
        'run',
        '-d',
        '--name',
        'writer',
        'busybox',
        'sh',
        '-c',
        'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo $i; sleep 0.05; done; exit 33',
      )
      await (signal === 'SIGKILL' ? daemon.kill() : daemon.stop())
      expect((await run(['curl', '-fsS', '--max-time', '2', `http://127.0.0.1:${port}/passwd`])).stdout).toContain(
        'root:',
      )
      await Bun.sleep(2_500)
      await daemon.start()
      expect(await out('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'writer')).toBe('exited 33')
      expect(await out('logs', 'writer')).toBe(Array.from({ length: 40 }, (_, index) => String(index + 1)).join('\n'))
      const finished = Date.parse(await out('inspect', '--format', '{{.State.FinishedAt}}', 'writer'))
      expect(Date.now() - finished).toBeGreaterThan(100)
      expect(await out('inspect', '--format', '{{.State.Running}}', 'web')).toBe('true')
      expect((await run(['curl', '-fsS', '--max-time', '2', `http://127.0.0.1:${port}/passwd`])).stdout).toContain(
        'root:',
      )
      expect(await out('exec', 'web', 'echo', 'still mine')).toBe('still mine')
      await out('stop', '-t', '1', 'web')
    },
  )

  test('a --rm container that ended meanwhile is gone, one with a restart policy runs again', async () => {
    await using daemon = await testDaemon()
    const { out } = clientOf(daemon, 'docker')
    await out('run', '-d', '--rm', '--name', 'fleeting', 'busybox', 'sleep', '0.5')
    await out('run', '-d', '--restart', 'always', '--name', 'phoenix', 'busybox', 'sleep', '0.7')
    await daemon.kill()
    await Bun.sleep(1_200)
    await daemon.start()
    await until(
      'phoenix runs',
      async () => (await out('inspect', '--format', '{{.State.Running}}', 'phoenix')) === 'true',
    )
    await until('fleeting is gone', async () => (await out('ps', '-a', '--format', '{{.Names}}')) === 'phoenix')
  })

  test('an exec runs on without the daemon, and its end is known to the next', async () => {
    await using daemon = await testDaemon()
    const { out } = clientOf(daemon, 'docker')
    const container = await out('run', '-d', 'busybox', 'sleep', '1000')
    const start = async (command: string): Promise<string> => {
      const created = await daemon.api('POST', `/v1.44/containers/${container}/exec`, { Cmd: ['sh', '-c', command] })
      const { Id } = (await created.json()) as { Id: string }
      await daemon.api('POST', `/v1.44/exec/${Id}/start`, { Detach: true })
      return Id
    }
    const inspect = async (id: string) =>
      (await (await daemon.api('GET', `/v1.44/exec/${id}/json`)).json()) as {
        Running: boolean
        ExitCode: number | null
      }
    const [brief, long] = [await start('sleep 0.3; exit 8'), await start('sleep 2; exit 9')]
    await daemon.kill()
    await Bun.sleep(700)
    await daemon.start()
    expect(await inspect(brief)).toMatchObject({ Running: false, ExitCode: 8 })
    expect((await inspect(long)).Running).toBe(true)
    await until('it has ended', async () => (await inspect(long)).ExitCode === 9)
  })

  test('a container whose monitor is killed is dead, told so, and can be started again', async () => {
    await using daemon = await testDaemon()
    const { out } = clientOf(daemon, 'docker')
    const id = await out('run', '-d', '--name', 'orphan', 'busybox', 'sleep', '1000')
    const monitors = (await run(['pgrep', '-f', id])).stdout.trim().split('\n').filter(Boolean)
    expect(monitors.length).toBeGreaterThan(0)
    for (const pid of monitors) process.kill(Number(pid), 'SIGKILL')
    await until(
      'it is dead',
      async () => (await out('inspect', '--format', '{{.State.Running}}', 'orphan')) === 'false',
    )
    expect(await out('inspect', '--format', '{{.State.ExitCode}}', 'orphan')).toBe('137')
    await out('start', 'orphan')
    expect(await out('exec', 'orphan', 'echo', 'alive')).toBe('alive')
  })

  test('killed in the middle of many creates, starts, stops and removals, the next start tells the truth about all and has no orphan', async () => {
    await using daemon = await testDaemon()
    const { cli, out } = clientOf(daemon, 'docker')
    for (const pause of [30, 90, 170, 260]) {
      const storm = Array.from({ length: 8 }, (_, index) =>
        cli(['run', '-d', '--name', `s${pause}-${index}`, '-p', '127.0.0.1:0:80', 'busybox', 'sleep', '1000']).then(
          () => cli(['rm', '-f', `s${pause}-${index}`]),
        ),
      )
      await Bun.sleep(pause)
      await daemon.kill()
      await Promise.all(storm)
      await daemon.start()
      const alive = (await out('ps', '-q', '--no-trunc')).split('\n').filter(Boolean)
      for (const id of alive) expect(await out('exec', id, 'echo', 'true')).toBe('true')
      const links = (await run(['ip', '-o', 'link', 'show', 'master', daemon.instance.bridge])).stdout
      expect(links.split('\n').length).toBeLessThan(alive.length + 40)
      const all = (await out('ps', '-aq')).split('\n').filter(Boolean)
      if (all.length > 0) await out('rm', '-f', ...all)
    }
  })
})
