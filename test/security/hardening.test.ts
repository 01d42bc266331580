import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { hostileImage } from '../kit/hostile-image.ts'
import { PROBE } from '../kit/probe.ts'
import { must, run } from '../kit/run.ts'

/** A daemon without CAP_SYS_RESOURCE cannot give more than it has. */
const OPEN_FILES = Math.min(
  524_288,
  Number(/Max open files\s+\S+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]),
)
const CAP_SYS_RESOURCE = 24n
/** The score of a process can be lowered with this capability only. */
const MAY_LOWER =
  (BigInt(`0x${/CapEff:\s+(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`) >> CAP_SYS_RESOURCE) % 2n ===
  1n
const BERTH = join(import.meta.dir, '../../dist/berth')
let daemon: TestDaemon
let directory: string
beforeAll(async () => {
  daemon = await testDaemon()
  directory = mkdtempSync(join(tmpdir(), 'berth-probe-'))
  writeFileSync(join(directory, 'probe.c'), PROBE)
  await must(['cc', '-static', '-no-pie', '-O1', '-o', join(directory, 'probe'), join(directory, 'probe.c')])
  await hostileImage(daemon, 'probe', `cp ${directory}/probe bin/probe`)
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

const cli = (...args: string[]) => clientOf(daemon, 'docker').cli(args)
const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const shell = (script: string, ...flags: string[]) => out('run', '--rm', ...flags, 'busybox', 'sh', '-c', script)

/** errno by the name of a call. */
async function probe(...flags: string[]): Promise<Record<string, number>> {
  const told = await out('run', '--rm', ...flags, 'probe', 'probe')
  return Object.fromEntries(told.split(/\r?\n/).map(line => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]))
}
const [EPERM, ENOSYS] = [1, 38]

describe('the system call filter', () => {
  test('CVE-2026-31431, CVE-2026-123876: AF_ALG and AF_VSOCK are refused, by 32-bit calls too', async () => {
    const errors = await probe()
    expect([errors['AF_ALG'], errors['AF_VSOCK']]).toEqual([EPERM, EPERM])
    if (process.arch === 'x64') {
      expect([EPERM, ENOSYS]).toContain(errors['socketcall'] ?? 0)
      expect([EPERM, ENOSYS]).toContain(errors['socket32'] ?? 0)
    }
  })

  test('shocker 2014, CVE-2016-0728, CVE-2022-0185, CVE-2021-22555, CVE-2022-0492: calls that a container does not need are refused', async () => {
    const errors = await probe()
    const refused = [
      'keyctl',
      'add_key',
      'request_key',
      'io_uring_setup',
      'userfaultfd',
      'bpf',
      'perf_event_open',
      'open_by_handle_at',
      'unshare',
      'mount',
      'fsopen',
      'kexec_load',
      'init_module',
      'setns',
      'pivot_root',
      'swapon',
      'acct',
    ]
    for (const name of refused) expect(`${name} ${errors[name]}`).toBe(`${name} ${EPERM}`)
    expect(errors['clone3']).toBe(ENOSYS)
  })

  test('[class] profile really loaded: in run, in exec, for other users, for children, and by runc', async () => {
    const mode = 'grep -h Seccomp: /proc/self/status /proc/1/status'
    expect(await shell(mode)).toBe('Seccomp:\t2\nSeccomp:\t2')
    expect(await shell(mode, '-u', '1000')).toBe('Seccomp:\t2\nSeccomp:\t2')
    expect(await shell(mode, '--runtime', 'runc')).toBe('Seccomp:\t2\nSeccomp:\t2')
    await out('run', '-d', '--name', 'filtered', 'probe', 'sleep', '1000')
    expect(await out('exec', 'filtered', 'sh', '-c', mode)).toBe('Seccomp:\t2\nSeccomp:\t2')
    expect(await out('exec', 'filtered', 'probe')).toContain(`AF_ALG ${EPERM}`)
    await out('rm', '-f', 'filtered')
    expect((await probe('--runtime', 'runc'))['AF_ALG']).toBe(EPERM)
    expect((await cli('info', '--format', '{{.SecurityOptions}}')).stdout).toContain('name=seccomp')
  })

  test('[class] terminal injection: a container has a terminal of its own or none, never that of the client', async () => {
    expect((await cli('run', '--rm', 'busybox', 'sh', '-c', ': < /dev/tty')).code).not.toBe(0)
    expect((await cli('run', '--rm', 'busybox', 'tty')).stdout).toContain('not a tty')
    expect((await out('run', '--rm', '-t', 'busybox', 'tty')).trim()).toBe('/dev/pts/0')
    const injected = 'stty -echo; printf x; head -c 1 /dev/null; ls /dev/pts'
    expect((await out('run', '--rm', '-t', 'busybox', 'sh', '-c', injected)).replace(/\s+/g, ' ')).toContain('0 ptmx')
    const held = (await run(['sh', '-c', 'ls -l /proc/self/fd | grep -c pts; true'])).stdout
    expect(held.trim()).toBe('0')
  })
})

describe('capabilities', () => {
  test('row capabilities; inheritable, ambient: Docker’s 14, and none to hand on', async () => {
    expect(await shell('grep Cap /proc/self/status')).toBe(
      'CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000',
    )
  })

  test('row --privileged: all that the daemon has and no more, also where the daemon itself is confined', async () => {
    await using confined = await testDaemon({ under: ['setpriv', '--bounding-set', '-sys_module,-audit_write'] })
    const { cli, out } = clientOf(confined, 'docker')
    const bounding = /CapBnd:\s+(\S+)/.exec(readFileSync(`/proc/${confined.pid()}/status`, 'utf8'))?.[1] ?? ''
    const caps = ['grep', '-E', 'CapEff|CapBnd', '/proc/self/status']
    expect(await out('run', '--rm', '--privileged', 'busybox', ...caps)).toBe(
      `CapEff:\t${bounding}\nCapBnd:\t${bounding}`,
    )
    expect(await out('run', '--rm', '--cap-add', 'ALL', 'busybox', ...caps)).toContain(`CapEff:\t${bounding}`)
    // without audit_write
    expect(await out('run', '--rm', 'busybox', ...caps)).toContain('CapEff:\t00000000880425fb')
    expect(confined.log()).toContain('a privileged container is not confined')
    await out('run', '-d', '--name', 'one', 'busybox', 'sleep', '1000')
    expect(await out('exec', '--privileged', 'one', ...caps)).toContain(`CapEff:\t${bounding}`)
    expect((await cli(['run', '--rm', '--cap-add', 'SYS_MODULE', 'busybox', 'true'])).stderr).toContain(
      'not available in the current environment: "CAP_SYS_MODULE"',
    )
    expect((await cli(['run', '--rm', '--runtime', 'runc', '--privileged', 'busybox', 'true'])).code).toBe(0)
  })

  test('row no-new-privileges, user namespace: off unless asked for, as images with sudo need', async () => {
    expect(await shell('grep NoNewPrivs /proc/self/status; cat /proc/self/uid_map | tr -s " "')).toBe(
      'NoNewPrivs:\t0\n 0 0 4294967295',
    )
  })
})

describe('what a container sees', () => {
  test('row masked paths; read-only paths: Docker’s and Podman’s together', async () => {
    await out('create', '--name', 'paths', 'busybox')
    const { HostConfig } = JSON.parse(await out('inspect', '--format', '{{json .}}', 'paths'))
    for (const path of [
      '/proc/acpi',
      '/proc/asound',
      '/proc/interrupts',
      '/proc/kcore',
      '/proc/keys',
      '/proc/latency_stats',
      '/proc/sched_debug',
      '/proc/scsi',
      '/proc/timer_list',
      '/proc/timer_stats',
      '/sys/firmware',
      '/sys/devices/virtual/powercap',
      '/sys/fs/selinux',
    ]) {
      expect(HostConfig.MaskedPaths).toContain(path)
    }
    expect(HostConfig.ReadonlyPaths).toEqual(['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'])
    await out('rm', 'paths')
  })

  test('row cgroup namespace; other namespaces: mount, net, uts, pid, ipc and cgroup are the container’s own', async () => {
    const inside = (await shell('for n in mnt net uts pid ipc cgroup; do readlink /proc/self/ns/$n; done')).split('\n')
    const outside = (
      await must(['sh', '-c', 'for n in mnt net uts pid ipc cgroup; do readlink /proc/self/ns/$n; done'])
    )
      .trim()
      .split('\n')
    for (const [index, name] of inside.entries()) expect(name).not.toBe(outside[index])
    expect(await shell('cut -d: -f3 /proc/self/cgroup | sort -u')).toBe('/')
    const donor = await out('run', '-d', 'busybox', 'sleep', '1000')
    expect((await cli('run', '--rm', '--ipc', `container:${donor}`, 'busybox', 'true')).stderr).toContain(
      'non-shareable IPC',
    )
    await out('rm', '-f', donor)
  })

  test('row devices: the default set, and neither tun nor fuse, which crun would allow by itself', async () => {
    expect(
      await shell(
        'mkdir -p /dev/net; mknod /dev/net/tun c 10 200; mknod /dev/fuse c 10 229; for d in /dev/net/tun /dev/fuse; do (: < $d) 2>/dev/null && echo opened $d; done; for d in null zero full random urandom; do (: < /dev/$d) || echo closed $d; done; true',
      ),
    ).toBe('')
  })

  test('row memory, cpu limit; nofile: no limits, but the container goes before daemon and monitor when memory ends', async () => {
    expect(await shell('ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj')).toBe(`1024\n${OPEN_FILES}\n0`)
    const id = await out('run', '-d', 'busybox', 'sleep', '1000')
    const monitors = (await must(['pgrep', '-f', id])).trim().split('\n').map(Number)
    expect(monitors.length).toBeGreaterThan(0)
    for (const pid of [daemon.pid(), ...monitors]) {
      const score = Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'))
      if (MAY_LOWER) expect(score).toBeLessThan(0)
      else expect(score).toBe(Number(readFileSync('/proc/self/oom_score_adj', 'utf8')))
    }
    await out('rm', '-f', id)
  })

  test('row rootfs: writable, mounts as they should be, /dev/shm of 64 MB', async () => {
    const mounts = await shell('cat /proc/mounts; touch /x && echo writable')
    expect(mounts).toContain('writable')
    expect(mounts).toMatch(/ \/dev\/shm tmpfs rw,nosuid,nodev,noexec,.*size=65536k/)
    expect(mounts).toMatch(/ \/proc proc rw,nosuid,nodev,noexec/)
    expect(mounts).toMatch(/ \/sys sysfs ro,nosuid,nodev,noexec/)
    expect(mounts).toMatch(/ \/dev tmpfs rw,nosuid/)
    expect(mounts).not.toMatch(/ \/sys\/fs\/cgroup\S* cgroup2? rw/)
  })
})

describe('the daemon', () => {
  test('row socket; state directories: 0660, 0710 and 0700, of root', () => {
    const { dataRoot, execRoot } = daemon.instance
    const modes = [daemon.socket, dataRoot, execRoot, join(dataRoot, 'tmp')].map(path =>
      (statSync(path).mode & 0o777).toString(8),
    )
    expect(modes).toEqual(['660', '710', '710', '700'])
  })

  test('row TCP: without client certificates it is refused, also beside a socket', async () => {
    const words = ['daemon', '--validate', '--data-root', join(directory, 'd'), '--exec-root', join(directory, 'e')]
    for (const host of ['tcp://0.0.0.0:2375', 'tcp://127.0.0.1:2375', 'tcp://[::]:2375']) {
      const refused = await run([BERTH, ...words, '--host', `unix://${directory}/s`, '--host', host])
      expect(refused.code).not.toBe(0)
      expect(refused.stderr).toMatch(/insecure-tcp|certificate/)
    }
  })

  test('row API limits: a header beyond 16 KiB and a body beyond 4 MiB are refused', async () => {
    const ask = (...words: string[]) =>
      must(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '--unix-socket', daemon.socket, ...words])
    expect(await ask('-H', `X-Long: ${'x'.repeat(20_000)}`, 'http://berth/_ping')).toBe('431')
    writeFileSync(join(directory, 'body'), JSON.stringify({ Image: 'x'.repeat(5_000_000) }))
    const body = ['-H', 'Content-Type: application/json', '--data-binary', `@${directory}/body`]
    expect(await ask(...body, 'http://berth/containers/create')).toBe('413')
  })

  test('row min API version: from 1.24 on', async () => {
    expect((await daemon.api('GET', '/v1.24/version')).status).toBe(200)
    expect((await daemon.api('GET', '/v1.23/version')).status).toBe(400)
  })

  test('row insecure registries: loopback only, and told in info', async () => {
    const { RegistryConfig } = (await (await daemon.api('GET', '/v1.44/info')).json()) as {
      RegistryConfig: { InsecureRegistryCIDRs: string[] }
    }
    expect(RegistryConfig.InsecureRegistryCIDRs.toSorted()).toEqual(['127.0.0.0/8', '::1/128'])
  })

  test('row AppArmor; SELinux: what the machine lacks is said in the log or in info', async () => {
    const options = ((await (await daemon.api('GET', '/v1.44/info')).json()) as { SecurityOptions: string[] })
      .SecurityOptions
    const hasAppArmor =
      (await run(['grep', '-c', '^Y', '/sys/module/apparmor/parameters/enabled'])).stdout.trim() === '1'
    expect(
      options.some(option => option.startsWith('name=apparmor')) || !hasAppArmor || daemon.log().includes('AppArmor'),
    ).toBe(true)
  })

  test('row published ports; isolation; live-restore: on all addresses, neighbours talk, containers outlive the daemon', async () => {
    await out('run', '-d', '--name', 'web', '-p', '80', 'busybox', 'httpd', '-f', '-p', '80', '-h', '/etc')
    expect((await out('port', 'web', '80/tcp')).split('\n').map(line => line.replace(/:\d+$/, ''))).toEqual([
      '0.0.0.0',
      '[::]',
    ])
    const address = await out('inspect', '--format', '{{.NetworkSettings.IPAddress}}', 'web')
    expect(await shell(`wget -qO- http://${address}/hostname`)).not.toBe('')
    expect(await out('info', '--format', '{{.LiveRestoreEnabled}}')).toBe('true')
    await out('rm', '-f', 'web')
  })
})
