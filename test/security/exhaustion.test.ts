import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
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
const inspect = (id: string, format: string) => out('inspect', '--format', format, id)

describe('shared memory', () => {
  test('CVE-2024-3056: it is charged to the container that fills it', async () => {
    const fill = 'dd if=/dev/zero of=/dev/shm/x bs=1M count=48'
    const limits = ['--memory', '16m', '--memory-swap', '16m', '--shm-size', '64m']
    const ran = await cli('run', '--name', 'shm', ...limits, 'busybox', 'sh', '-c', `${fill} 2>/dev/null || exit 9`)
    expect(ran.code).not.toBe(0)
    await out('rm', 'shm')
  })

  test('CVE-2024-3056: it is free again when its containers are gone, shared with others or not', async () => {
    const shm = () => readFileSync('/proc/meminfo', 'utf8').match(/^Shmem:\s+(\d+)/m)?.[1] ?? '0'
    const before = Number(shm())
    for (const mode of ['private', 'shareable']) {
      await out(
        'run',
        '-d',
        '--name',
        'keeper',
        '--ipc',
        mode,
        '--shm-size',
        '40m',
        'busybox',
        'sh',
        '-c',
        'dd if=/dev/zero of=/dev/shm/x bs=1M count=32; exec sleep 1000',
      )
      if (mode === 'shareable')
        await out('run', '--rm', '--ipc', 'container:keeper', 'busybox', 'test', '-d', '/dev/shm')
      await out('rm', '-f', 'keeper')
    }
    await until('memory is free', () => Number(shm()) - before < 16_000)
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${daemon.instance.dataRoot}/containers`)
  })

  test('[class] /dev/shm and /dev have their sizes, and a full one hurts nobody else', async () => {
    const script =
      'for d in /dev/shm /dev; do dd if=/dev/zero of=$d/fill bs=1M count=80 2>/dev/null || echo full; rm -f $d/fill; done'
    expect(await out('run', '--rm', 'busybox', 'sh', '-c', script)).toBe('full\nfull')
  })
})

describe('processes', () => {
  test('containerd RUN-004: a fork bomb stays within its limit; others run, and it can be removed', async () => {
    const bomb =
      'for n in 1 2 3; do sh -c "while :; do sh -c \\"sleep 1000 & sleep 1000\\" & done" & done; exec sleep 1000'
    await out('run', '-d', '--name', 'bomb', '--pids-limit', '60', '--cpus', '0.3', 'busybox', 'sh', '-c', bomb)
    const id = await inspect('bomb', '{{.Id}}')
    const current = ['pids', ''].map(controller =>
      join('/sys/fs/cgroup', controller, daemon.instance.cgroupParent, id, 'pids.current'),
    )
    const [file = ''] = current.filter(path => statSync(path, { throwIfNoEntry: false }))
    const processes = () => Number(readFileSync(file, 'utf8'))
    await until('it is at its limit', () => processes() >= 55)
    expect(processes()).toBeLessThanOrEqual(60)
    expect(await out('run', '--rm', 'busybox', 'echo', 'alive')).toBe('alive')
    await out('rm', '-f', 'bomb')
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined()
  })

  test('hardening, pids limit: a hardened daemon gives 4096 to who asks for nothing, and none to who says so', async () => {
    await using hardened = await testDaemon({ config: { hardened: true } })
    const { out } = clientOf(hardened, 'docker')
    await out('create', '--name', 'limited', 'busybox')
    await out('create', '--name', 'unlimited', '--pids-limit', '-1', 'busybox')
    expect(await out('inspect', '--format', '{{.HostConfig.PidsLimit}}', 'limited')).toBe('4096')
    expect(await out('inspect', '--format', '{{.HostConfig.PidsLimit}}', 'unlimited')).toBe('-1')
    expect(await out('run', '--rm', 'busybox', 'grep', '-E', 'NoNewPrivs|CapEff', '/proc/self/status')).toMatch(
      /CapEff:\s+00000000800405fb[\s\S]*NoNewPrivs:\s+1|NoNewPrivs:\s+1[\s\S]*CapEff/,
    )
  })
})

describe('logs', () => {
  test('[class] log flood: the log keeps to its sizes, and what is written last is there', async () => {
    const flood =
      'i=0; while [ $i -lt 40 ]; do i=$((i+1)); head -c 100000 /dev/zero | tr "\\0" x; echo; done; echo last'
    await out(
      'run',
      '--name',
      'flood',
      '--log-opt',
      'max-size=200k',
      '--log-opt',
      'max-file=3',
      'busybox',
      'sh',
      '-c',
      flood,
    )
    const directory = join(daemon.instance.dataRoot, 'containers', await inspect('flood', '{{.Id}}'))
    const logs = readdirSync(directory).filter(name => name.includes('json.log'))
    expect(logs.length).toBeLessThanOrEqual(3)
    const bytes = logs.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
    expect(bytes).toBeLessThan(3 * 250_000)
    expect(await out('logs', '--tail', '1', 'flood')).toBe('last')
    await out('rm', 'flood')
  })

  test('hardening, log limit: without any option a log is 20 MB in each of 5 files', async () => {
    await out('create', '--name', 'plain', 'busybox')
    expect(await inspect('plain', '{{json .HostConfig.LogConfig}}')).toBe(
      '{"Type":"json-file","Config":{"max-file":"5","max-size":"20m"}}',
    )
    await out('rm', 'plain')
  })
})

describe('what the kernel counts for all', () => {
  test('[class] keyrings and cgroups: a container can make neither', async () => {
    expect(
      await out(
        'run',
        '--rm',
        'busybox',
        'sh',
        '-c',
        'for d in /sys/fs/cgroup/*; do mkdir $d/x 2>/dev/null && echo made $d; done; cat /proc/keys | wc -l',
      ),
    ).toBe('0')
  })

  test('[class] descriptors: a container has its own limit, and using it up leaves the daemon at work', async () => {
    const use = 'i=3; while [ $i -lt 80 ]; do eval "exec $i</dev/null" || break; i=$((i+1)); done 2>/dev/null; echo $i'
    const told = await cli('run', '--rm', '--ulimit', 'nofile=40:40', 'busybox', 'sh', '-c', use)
    expect(Number(told.stdout.trim() || '40')).toBeLessThanOrEqual(41)
    expect(await out('run', '--rm', 'busybox', 'sh', '-c', 'ulimit -Sn; ulimit -Hn')).toMatch(/^1024\n\d+$/)
  })
})
