import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { must, run } from '../kit/run.ts'
import { untruthsOf } from '../kit/truth.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const cli = (...args: string[]) => clientOf(daemon, 'docker').cli(args)
const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const state = (id: string, field: string) => out('inspect', '--format', `{{.State.${field}}}`, id)

const linksOf = ({ instance }: TestDaemon) =>
  readdirSync('/sys/class/net').filter(name => name.startsWith(instance.linkPrefix)).length
const descriptors = () => readdirSync(`/proc/${daemon.pid()}/fd`).length
const monitorsOf = async (id: string) => (await run(['pgrep', '-f', id])).stdout.split('\n').filter(Boolean).map(Number)

describe('networks', () => {
  test('moby #22397, #12239, #19884, #19004, libnetwork #1850, #846, #984, #1207, #1188: failed starts and restarts leave no link, namespace or address behind', async () => {
    await out('run', '--rm', 'busybox', 'true')
    const spaces = () => readdirSync(join(daemon.instance.execRoot, 'netns')).length
    await until('the pool is full', async () => {
      const before = spaces()
      await Bun.sleep(200)
      return before === spaces()
    })
    const before = { links: linksOf(daemon), spaces: spaces() }
    for (let round = 0; round < 6; round++)
      await cli('run', '--name', `failed${round}`, '-p', '127.0.0.1:0:80', 'busybox', 'no-such-program')
    await out('run', '-d', '--name', 'again', '--restart', 'on-failure:3', 'busybox', 'false')
    await until(
      'it gave up',
      async () => (await out('inspect', '--format', '{{.RestartCount}} {{.State.Status}}', 'again')) === '3 exited',
    )
    await out('rm', 'again', ...Array.from({ length: 6 }, (_, round) => `failed${round}`))
    await until('all is given back', () => linksOf(daemon) <= before.links && spaces() <= before.spaces)
  })

  test('moby #41136: the proxy of one container holds no namespace, and nothing of another', async () => {
    const ids = await Promise.all(
      ['a1', 'a2'].map(name => out('run', '-d', '--name', name, '-p', '127.0.0.1:0:80', 'busybox', 'sleep', '1000')),
    )
    const proxies = (await run(['pgrep', '-f', `${daemon.instance.dataRoot}/bin/berth-port-proxy`])).stdout
      .split('\n')
      .filter(Boolean)
    expect(proxies.length).toBeGreaterThan(0)
    for (const pid of proxies) {
      const held = readdirSync(`/proc/${pid}/fd`).map(fd => readlinkSync(`/proc/${pid}/fd/${fd}`))
      expect(held.filter(target => /^net:|^mnt:|\.sock$|berth\.db|netns/.test(target))).toEqual([])
    }
    await out('rm', '-f', ...ids)
  })

  test('moby #31477: the bridge keeps its address when the last container is gone', async () => {
    const address = async () =>
      (await must(['ip', '-4', '-o', 'addr', 'show', daemon.instance.bridge])).match(/inet (\S+)/)?.[1]
    const id = await out('run', '-d', 'busybox', 'sleep', '1000')
    const before = await address()
    await out('rm', '-f', id)
    expect(await address()).toBe(before)
    expect(before).toBeDefined()
  })
})

describe('one that is stuck', () => {
  test('moby #12606, #27827, #25993, #28889, #35228, #37910, #33870, #18848, #30883, #26561, containerd #13849: a container whose monitor does not answer delays no request about others', async () => {
    const stuck = await out('run', '-d', '--name', 'stuck', 'busybox', 'sleep', '1000')
    const monitors = await monitorsOf(stuck)
    for (const pid of monitors) process.kill(pid, 'SIGSTOP')
    try {
      const stopping = cli('stop', '-t', '1', 'stuck')
      expect(await out('ps', '--format', '{{.Names}}')).toBe('stuck')
      expect(await out('ps', '-s', '--format', '{{.Names}}')).toBe('stuck')
      expect(await state('stuck', 'Running')).toBe('true')
      expect(await out('run', '--rm', 'busybox', 'echo', 'others')).toBe('others')
      expect((await cli('info', '--format', '{{.ContainersRunning}}')).stdout.trim()).toBe('1')
      for (const pid of monitors) process.kill(pid, 'SIGCONT')
      await stopping
    } finally {
      for (const pid of await monitorsOf(stuck)) process.kill(pid, 'SIGCONT')
    }
    await out('rm', '-f', 'stuck')
  })

  test('moby #41579, #20967, #34879, #23508, #22802, #18758: stop ends one that is stopped by a signal, paused, or deaf', async () => {
    await out('run', '-d', '--name', 'deaf', 'busybox', 'sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done')
    await out('stop', '-t', '1', 'deaf')
    expect(await state('deaf', 'ExitCode')).toBe('137')
    await out('start', 'deaf')
    process.kill(Number(await state('deaf', 'Pid')), 'SIGSTOP')
    await out('stop', '-t', '0', 'deaf')
    await out('start', 'deaf')
    await out('pause', 'deaf')
    await cli('stop', '-t', '0', 'deaf')
    await out('rm', '-f', 'deaf')
  })

  test('moby #43403: restarts that race the end of the program leave a true state', async () => {
    await out('run', '-d', '--name', 'racer', 'busybox', 'sleep', '0.1')
    for (let round = 0; round < 6; round++) {
      await Bun.sleep(round * 30)
      await cli('restart', '-t', '0', 'racer')
    }
    await out('restart', '-t', '0', 'racer')
    await until('it has ended', async () => (await state('racer', 'Running')) === 'false')
    expect(await untruthsOf(daemon)).toEqual([])
    await out('rm', 'racer')
  })

  test('moby #27381, #9665, #8712, #5771: removal is not hindered by another program’s mount namespace', async () => {
    const id = await out('run', '-d', 'busybox', 'sleep', '1000')
    const holder = Bun.spawn(['unshare', '-m', 'sleep', '1000'])
    await until(
      'it has a namespace of its own',
      () => readlinkSync(`/proc/${holder.pid}/ns/mnt`) !== readlinkSync('/proc/self/ns/mnt'),
    )
    await out('rm', '-f', id)
    holder.kill()
    await holder.exited
    expect(readdirSync(join(daemon.instance.dataRoot, 'containers'))).not.toContain(id)
  })

  test('podman #20313, #23613, #25585, #22246: many at once with one volume, cp, rm and run do not wait for each other for ever', async () => {
    const one = async (index: number) => {
      await out('run', '-d', '--name', `p${index}`, '-v', 'shared:/s', 'busybox', 'sleep', '1000')
      await Promise.all([
        cli('cp', '/etc/hostname', `p${index}:/s/f`),
        cli('exec', `p${index}`, 'ls', '/s'),
        cli('cp', `p${index}:/etc/passwd`, '-'),
      ])
      await Promise.all([
        cli('rm', '-f', `p${index}`),
        cli('run', '--rm', '-v', 'shared:/s', 'busybox', 'true'),
        cli('volume', 'rm', 'shared'),
      ])
    }
    await Promise.all(Array.from({ length: 4 }, (_, index) => one(index)))
    expect(await out('ps', '-aq')).toBe('')
    await cli('volume', 'rm', 'shared')
  })

  test('moby #51979: disk usage beside removals is an answer, never an error', async () => {
    const remove = async (index: number) => {
      await out('create', '--name', `d${index}`, '-v', '/anonymous', 'busybox')
      await out('rm', '-v', `d${index}`)
    }
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, (_, index) => remove(index)),
      ...Array.from({ length: 6 }, () => daemon.api('GET', '/v1.44/system/df').then(({ status }) => status)),
    ])
    expect(answers.slice(6)).toEqual([200, 200, 200, 200, 200, 200])
  })
})

describe('followers, execs and logs', () => {
  test('moby #13014, #37391, #37656, #45052, #30311, #41093, PR 8159: followers and execs that are gone leave no descriptor, process or id', async () => {
    const id = await out('run', '-d', 'busybox', 'sh', '-c', 'while :; do echo x; sleep 0.1; done')
    await out('exec', id, 'true')
    const before = descriptors()
    const followers = Array.from({ length: 8 }, (_, index) =>
      Bun.spawn(['docker', '-H', daemon.host, ...(index % 2 === 0 ? ['logs', '-f', id] : ['events'])], {
        stdout: 'ignore',
        stderr: 'ignore',
      }),
    )
    await until('they follow', () => descriptors() > before + 8)
    for (const follower of followers) follower.kill('SIGKILL')
    await Promise.all(Array.from({ length: 8 }, () => out('exec', id, 'true')))
    await until('their descriptors are closed', () => descriptors() <= before + 2)
    expect(await out('inspect', '--format', '{{.ExecIDs}}', id)).toMatch(/\[\]|<nil>/)
    expect((await monitorsOf(id)).length).toBe(1)
    await out('rm', '-f', id)
  })

  test('moby #9139, #29282, #40322: an endless line without a newline costs no memory', async () => {
    const id = await out(
      'run',
      '-d',
      '--log-opt',
      'max-size=1m',
      'busybox',
      'sh',
      '-c',
      'head -c 24000000 /dev/zero | tr "\\0" x; echo end; exec sleep 1000',
    )
    await until('all is written', async () => (await out('logs', '--tail', '1', id).catch(() => '')).endsWith('end'))
    for (const pid of await monitorsOf(id)) {
      const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
      expect(peak).toBeLessThan(16_000)
    }
    await out('rm', '-f', id)
  })

  test('moby #37646, #39235, #32038, #45728, #40584, PR 47983: following goes on over rotation and damaged lines', async () => {
    const script = 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; [ $((i % 100)) = 0 ] && sleep 0.01; done'
    const id = await out(
      'create',
      '--log-opt',
      'max-size=40k',
      '--log-opt',
      'max-file=3',
      'busybox',
      'sh',
      '-c',
      script,
    )
    await out('start', id)
    const followed = await out('logs', '-f', id)
    expect(followed.split('\n').at(-1)).toBe('line 3000')
    const log = join(daemon.instance.dataRoot, 'containers', id, `${id}-json.log`)
    writeFileSync(
      log,
      `${readFileSync(log, 'utf8')}{"log":"cut o\0\0\0\0\n{"log":"whole\\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}\n`,
    )
    expect((await out('logs', id)).split('\n').at(-1)).toBe('whole')
    await out('rm', id)
  })
})

describe('after a crash of the machine', () => {
  test('moby #45788, #24971, #30095, #30308, #34779, #26374, podman #26469, #21482, #24044: none is said to run or to have ended with 0, --rm ones are gone, all can be started', async () => {
    await using crashed = await testDaemon()
    const { out } = clientOf(crashed, 'docker')
    const ids = [
      await out('run', '-d', '--name', 'plain', 'busybox', 'sleep', '1000'),
      await out('run', '-d', '--rm', '--name', 'fleeting', 'busybox', 'sleep', '1000'),
      await out('run', '-d', '--restart', 'always', '--name', 'wanted', 'busybox', 'sleep', '1000'),
    ]
    const inits = await Promise.all(ids.map(id => out('inspect', '--format', '{{.State.Pid}}', id)))
    const monitors = (await Promise.all(ids.map(monitorsOf))).flat()
    await crashed.kill()
    // as a machine that starts again: no process is there, nor anything on tmpfs
    for (const pid of [...monitors, ...inits.map(Number)]) kill(pid)
    await until('all are dead', async () => (await Promise.all(ids.map(monitorsOf))).flat().length === 0)
    rmSync(join(crashed.instance.execRoot, 'containers'), { recursive: true, force: true })
    await crashed.start()
    expect(await out('inspect', '--format', '{{.State.Status}}', 'plain')).toBe('exited')
    expect(['137', '255']).toContain(await out('inspect', '--format', '{{.State.ExitCode}}', 'plain'))
    await until(
      'the wanted one runs',
      async () => (await out('inspect', '--format', '{{.State.Running}}', 'wanted')) === 'true',
    )
    await until(
      'the fleeting one is gone',
      async () => !(await out('ps', '-a', '--format', '{{.Names}}')).includes('fleeting'),
    )
    await out('start', 'plain')
    expect(await out('exec', 'plain', 'echo', 'alive')).toBe('alive')
  })

  test('moby #17618, #33601, #17411, #23985, #29748, containerd #814, #11295, promise 9: a database that is empty or damaged is set aside and named, and the daemon starts', async () => {
    for (const content of ['', '\0'.repeat(8192)]) {
      await using damaged = await testDaemon()
      const { out } = clientOf(damaged, 'docker')
      await out('create', '--name', 'lost', 'busybox')
      await damaged.kill()
      for (const name of ['berth.db-wal', 'berth.db-shm'])
        rmSync(join(damaged.instance.dataRoot, name), { force: true })
      writeFileSync(join(damaged.instance.dataRoot, 'berth.db'), content)
      await damaged.start()
      expect(await out('ps', '-aq')).toBe('')
      if (content !== '') expect(damaged.log()).toContain('damaged')
    }
  })
})

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // ended with its parent
  }
}
