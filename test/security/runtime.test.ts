import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { hostDirectory, hostileImage } from '../kit/hostile-image.ts'
import { must, run } from '../kit/run.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const cli = (...args: string[]) => clientOf(daemon, 'docker').cli(args)
const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const shell = (script: string, ...flags: string[]) => out('run', '--rm', ...flags, 'busybox', 'sh', '-c', script)

/** All programs that run as root for a container. */
async function hostPrograms(): Promise<string> {
  const bin = join(daemon.instance.dataRoot, 'bin')
  const ours = readdirSync(bin).map(name => join(bin, name))
  return must(['sha256sum', (await must(['which', 'crun'])).trim(), `/proc/${daemon.pid()}/exe`, ...ours])
}

describe('programs and descriptors of the host', () => {
  test('CVE-2019-5736: a container that runs /proc/self/exe and writes to it changes no program of the host', async () => {
    const before = await hostPrograms()
    await hostileImage(daemon, 'selfexe', 'ln -s /proc/self/exe entry; ln -s /proc/self/exe bin/again')
    const overwrite =
      'for n in 1 2 3 4 5 6 7 8 9 10 11 12; do for p in /proc/[0-9]*; do case "$(readlink $p/exe)" in /bin/busybox) ;; *) echo owned > $p/exe ;; esac; done 2>/dev/null; sleep 0.1; done; sleep 100'
    await out('run', '-d', '--name', 'catcher', 'selfexe', 'sh', '-c', overwrite)
    for (let round = 0; round < 5; round++) await cli('exec', 'catcher', '/bin/again', 'x')
    await cli('run', '--rm', 'selfexe', '/entry')
    await cli('run', '--rm', '--entrypoint', '/proc/self/exe', 'selfexe', '--version')
    await out('rm', '-f', 'catcher')
    expect(await hostPrograms()).toBe(before)
  })

  test('CVE-2016-9962, CVE-2015-3627: no descriptor of the host is open in a container or an exec', async () => {
    const list = 'for f in /proc/self/fd/*; do case $f in */[012]) ;; *) readlink $f ;; esac; done; true'
    expect(await shell(list)).toBe('')
    await out('run', '-d', '--name', 'fds', 'busybox', 'sleep', '1000')
    expect(await out('exec', 'fds', 'sh', '-c', list)).toBe('')
    expect(await out('exec', 'fds', 'sh', '-c', 'ls /proc/1/fd | tr "\\n" " "')).toBe('0 1 2')
    await out('rm', '-f', 'fds')
  })

  test('CVE-2024-21626: a working directory of /proc/self/fd/N leads nowhere, in run, exec and image', async () => {
    using outside = hostDirectory()
    writeFileSync(join(outside.path, 'secret'), '')
    const climb = `ls ../../../../../../..${outside.path} ../..${outside.path} /proc/self/cwd/../../..${outside.path} 2>/dev/null; true`
    await out('run', '-d', '--name', 'cwd', 'busybox', 'sleep', '1000')
    for (let fd = 3; fd < 14; fd++) {
      const ran = await cli('exec', '-w', `/proc/self/fd/${fd}`, 'cwd', 'sh', '-c', climb)
      expect(`${fd}: ${ran.stdout}`).not.toContain('secret')
    }
    for (const fd of [3, 5, 7, 8, 9]) {
      const ran = await cli('run', '--rm', '-w', `/proc/self/fd/${fd}`, 'busybox', 'sh', '-c', climb)
      expect(`${fd}: ${ran.stdout}`).not.toContain('secret')
    }
    await hostileImage(daemon, 'wdlink', 'ln -s /proc/self/fd/7 work', ['WORKDIR /work'])
    expect((await cli('run', '--rm', 'wdlink', 'sh', '-c', climb)).stdout).not.toContain('secret')
    await out('rm', '-f', 'cwd')
  })

  test('CVE-2021-43784: what is too long for the runtime is an error or arrives whole, and is never cut off', async () => {
    const long = 'x'.repeat(100_000)
    expect(await shell('echo $LONG | wc -c', '-e', `LONG=${long}`)).toBe('100001')
    const tooLong = await daemon.api('POST', '/v1.44/containers/create', {
      Image: 'busybox',
      Cmd: ['true'],
      Env: [`LONG=${'x'.repeat(300_000)}`],
    })
    const { Id } = (await tooLong.json()) as { Id: string }
    const ran = await cli('start', '-a', Id)
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toMatch(/argument list too long/i)
    await out('rm', Id)
    const paths = Array.from({ length: 200 }, (_, index) => ['--tmpfs', `/${'d'.repeat(200)}/${index}`]).flat()
    expect(await shell('grep -c ddd /proc/mounts', ...paths)).toBe('200')
  })

  test('CVE-2022-1227: `top` runs the host’s own ps, never a program of the image', async () => {
    using outside = hostDirectory()
    await hostileImage(
      daemon,
      'evilps',
      `rm bin/ps; printf '#!/bin/sh\\necho PID; touch ${outside.path}/ps /ran\\n' > bin/ps; chmod 755 bin/ps`,
    )
    await out('run', '-d', '--name', 'topped', 'evilps', 'sleep', '4242')
    expect(await out('top', 'topped')).toContain('sleep 4242')
    expect(readdirSync(outside.path)).toEqual([])
    expect(await out('exec', 'topped', 'sh', '-c', 'test -e /ran || echo no')).toBe('no')
    await out('rm', '-f', 'topped')
  })

  test('CVE-2020-15257: no socket of ours is in the abstract namespace, where a container of the host’s network could reach it', async () => {
    await out('run', '-d', '--name', 'hostnet', '--network', 'host', 'busybox', 'sleep', '1000')
    const abstract = await out('exec', 'hostnet', 'sh', '-c', 'grep " @" /proc/net/unix || true')
    expect(
      abstract.split('\n').filter(line => line.includes('berth') || line.includes(daemon.instance.execRoot)),
    ).toEqual([])
    const pids = (await must(['pgrep', '-f', daemon.instance.dataRoot])).split('\n').filter(Boolean)
    for (const pid of pids) expect(abstractSocketsOf(pid)).toEqual([])
    await out('rm', '-f', 'hostnet')
  })
})

function abstractSocketsOf(pid: string): string[] {
  const table = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter(line => line.includes(' @'))
  const held = readdirSync(`/proc/${pid}/fd`).map(fd => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return ''
    }
  })
  return table.filter(line => held.includes(`socket:[${line.split(/\s+/)[6]}]`))
}

describe('mounts', () => {
  test('CVE-2019-16884, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, CVE-2015-3631, CVE-2025-52881: nothing is mounted over /proc, by name or through a link of the image', async () => {
    for (const target of ['/proc', '/proc/self/attr', '/proc/sys', '/x/../proc', '/proc/self/exe']) {
      for (const flags of [
        ['-v', `over:${target}`],
        ['--tmpfs', target],
        ['--mount', `type=tmpfs,dst=${target}`],
      ]) {
        const refused = await cli('run', '--rm', ...flags, 'busybox', 'true')
        expect(`${flags.join(' ')}: ${refused.stderr}`).toContain('inside /proc')
      }
    }
    await hostileImage(daemon, 'proclink', 'ln -s proc lnk; ln -s /proc/self attr; ln -s / up', [
      'VOLUME /lnk',
      'VOLUME /attr/attr',
    ])
    const seen = await cli(
      'run',
      '--rm',
      'proclink',
      'sh',
      '-c',
      'grep -c " /proc[ /]" /proc/mounts; ls /proc/1/attr | wc -l; head -c 5 /proc/version',
    )
    if (seen.code === 0) expect(seen.stdout).toContain('Linux')
    const before = (await cli('run', '--rm', 'busybox', 'sh', '-c', 'grep " /proc " /proc/mounts')).stdout
    for (const place of ['/lnk', '/up/proc', '/up/up/proc']) {
      const ran = await cli('run', '--rm', '-v', `over:${place}`, 'proclink', 'sh', '-c', 'grep " /proc " /proc/mounts')
      if (ran.code === 0) expect(`${place}\n${ran.stdout}`).toBe(`${place}\n${before}`)
    }
    await cli('volume', 'prune', '-af')
  })

  test('CVE-2024-9341: engine’s own mounts at places that are links in the image stay inside it', async () => {
    using outside = hostDirectory()
    for (const place of ['proc', 'sys', 'dev', 'etc']) {
      await hostileImage(daemon, `links-${place}`, `rm -rf ${place}; ln -s /../../../..${outside.path} ${place}`)
      await cli('run', '--rm', `links-${place}`, '/bin/true')
    }
    await hostileImage(
      daemon,
      'links-below',
      `rm -rf dev sys; mkdir -p dev sys/fs; for p in dev/shm dev/mqueue dev/pts sys/fs/cgroup; do ln -s ${outside.path} $p; done`,
    )
    expect(
      await out('run', '--rm', 'links-below', 'sh', '-c', 'test -d /dev/shm && grep -c " /dev/shm " /proc/mounts'),
    ).toBe('1')
    expect(readdirSync(outside.path)).toEqual([])
  })

  test('CVE-2021-30465, CVE-2024-45310: a mount’s place that another container swaps meanwhile never leads to the host', async () => {
    using outside = hostDirectory()
    const swap = `mkdir -p /v/a; while :; do rm -rf /v/p; ln -s /../../../../..${outside.path} /v/p; rm -rf /v/p; mkdir /v/p; done`
    await out('run', '-d', '--name', 'swapper', '-v', 'raced:/v', 'busybox', 'sh', '-c', swap)
    for (let round = 0; round < 8; round++) {
      const ran = await cli(
        'run',
        '--rm',
        '-v',
        'raced:/v',
        '--tmpfs',
        '/v/p/deep',
        'busybox',
        'touch',
        '/v/p/deep/file',
      )
      expect(ran.stderr).not.toContain(daemon.instance.dataRoot)
    }
    await out('rm', '-f', 'swapper')
    expect(readdirSync(outside.path)).toEqual([])
    await out('volume', 'rm', 'raced')
  })

  test('CVE-2015-3629, CVE-2024-5154: hosts, hostname and resolv.conf follow no link of the image, at a restart neither', async () => {
    using outside = hostDirectory()
    for (const name of ['hosts', 'hostname', 'resolv.conf', 'mtab'])
      writeFileSync(join(outside.path, name), 'of the host')
    await hostileImage(
      daemon,
      'etclinks',
      `for f in hosts hostname resolv.conf mtab; do ln -sf /../../../..${outside.path}/$f etc/$f; done`,
    )
    await cli('run', '--name', 'relinked', 'etclinks', 'true')
    await cli('cp', `${import.meta.dir}/runtime.test.ts`, 'relinked:/etc/hosts')
    await cli('restart', 'relinked')
    await cli('rm', '-f', 'relinked')
    for (const name of readdirSync(outside.path))
      expect(readFileSync(join(outside.path, name), 'utf8')).toBe('of the host')
    expect(readdirSync(outside.path)).toHaveLength(4)
  })
})

describe('devices', () => {
  test('CVE-2025-31133, CVE-2026-88265: /dev/null as a link of the image masks nothing else, and is no standard stream', async () => {
    using outside = hostDirectory()
    writeFileSync(join(outside.path, 'target'), 'of the host')
    await hostileImage(
      daemon,
      'nulllink',
      `ln -s /proc/sys/kernel/core_pattern dev/null; ln -s ${outside.path}/target dev/zero`,
    )
    const { stdout } = await cli(
      'run',
      '--rm',
      'nulllink',
      'sh',
      '-c',
      'ls -l /dev/null | cut -c1; cat /proc/keys | wc -c; echo x > /proc/sys/kernel/core_pattern; readlink /proc/1/fd/0',
    )
    expect(stdout).toBe('c\n0\n/dev/null\n')
    await out('run', '-d', '--name', 'nulled', 'nulllink', 'sh', '-c', 'echo x >&0; sleep 0.1')
    await out('wait', 'nulled')
    await out('rm', 'nulled')
    expect(readFileSync(join(outside.path, 'target'), 'utf8')).toBe('of the host')
  })

  test('CVE-2025-31133: a volume on /dev that holds links in the place of devices hands out nothing of the host', async () => {
    using outside = hostDirectory()
    writeFileSync(join(outside.path, 'target'), 'of the host')
    await shell(
      `for d in null zero full tty random urandom console core fd; do ln -s ${outside.path}/target /d/$d; done; ln -s /proc/sys/kernel/core_pattern /d/ptmx; true`,
      '-v',
      'devices:/d',
    )
    const ran = await cli(
      'run',
      '--rm',
      '-v',
      'devices:/dev',
      'busybox',
      'sh',
      '-c',
      'cat /proc/timer_list | wc -c; cat /proc/keys | wc -c; echo y > /proc/sysrq-trigger; echo $?',
    )
    if (ran.code === 0) expect(ran.stdout.trim()).toMatch(/^0\n0\n1$/)
    expect(readFileSync(join(outside.path, 'target'), 'utf8')).toBe('of the host')
    expect(readdirSync(outside.path)).toEqual(['target'])
    await out('volume', 'rm', 'devices')
  })

  test('CVE-2025-52565, CVE-2026-88264: /dev/console and /dev/pts as links of the image give a terminal and nothing else', async () => {
    using outside = hostDirectory()
    writeFileSync(join(outside.path, 'target'), 'of the host')
    await hostileImage(
      daemon,
      'consolelink',
      `ln -s ${outside.path}/target dev/console; ln -s ${outside.path} dev/pts; ln -s /proc/sysrq-trigger dev/tty`,
    )
    const told = await out(
      'run',
      '--rm',
      '-t',
      'consolelink',
      'sh',
      '-c',
      'tty; ls -l /dev/console | cut -c1; echo x > /dev/console',
    )
    expect(told.replaceAll('\r', '')).toBe('/dev/pts/0\nc\nx')
    expect(readFileSync(join(outside.path, 'target'), 'utf8')).toBe('of the host')
    expect(readdirSync(outside.path)).toEqual(['target'])
  })

  test('CVE-2026-41579, CVE-2026-47766: with /dev of the image a link, no device node is made on the host', async () => {
    using outside = hostDirectory()
    for (const target of [outside.path, `../../../../../../..${outside.path}`]) {
      await hostileImage(daemon, 'devlink', `rm -rf dev; ln -s ${target} dev; mkdir -p .${outside.path}`)
      await cli('run', '--rm', 'devlink', '/bin/true')
      await cli('run', '--rm', '-t', 'devlink', '/bin/true')
      await cli('run', '--rm', '--privileged', 'devlink', '/bin/true')
    }
    await out('create', '--name', 'turned', 'busybox', 'true')
    using link = hostDirectory()
    symlinkSync(outside.path, join(link.path, 'dev'))
    await run(['sh', '-c', `tar -C ${link.path} -c dev | docker -H ${daemon.host} cp - turned:/`])
    await cli('start', '-a', 'turned')
    await out('rm', 'turned')
    await hostileImage(daemon, 'devicelink', `ln -s ${outside.path} lnk; mkdir -p .${outside.path}`)
    await cli('run', '--rm', '--device', '/dev/fuse:/lnk/fuse', 'devicelink', '/bin/true')
    expect(readdirSync(outside.path)).toEqual([])
  })

  test('GHSA-g54h-m393-cpwq: a device node that a container makes itself cannot be opened', async () => {
    const nodes = ['c 1 1', 'c 1 11', 'c 10 229', 'c 10 200', 'b 254 0', 'b 8 0', 'c 4 0']
    const script = nodes
      .map((node, index) => `mknod /tmp/${index} ${node} && (: < /tmp/${index}) 2>/dev/null && echo opened ${node}`)
      .join('; ')
    expect(await shell(`${script}; true`)).toBe('')
  })
})

describe('kernel files', () => {
  test('CVE-2015-3630, CVE-2017-16539, CVE-2018-10892, CVE-2020-8694, GHSA-jq35-85cj-fj4p, GHSA-7ww5-4wqc-m92c, GHSA-6fw5-f8r9-fgfm: files of /proc and /sys that tell of the host are empty, those that change it cannot be written', async () => {
    const empty = ['kcore', 'keys', 'timer_list', 'timer_stats', 'sched_debug', 'latency_stats', 'interrupts'].map(
      name => `/proc/${name}`,
    )
    const directories = [
      '/proc/acpi',
      '/proc/scsi',
      '/proc/asound',
      '/sys/firmware',
      '/sys/devices/virtual/powercap',
      '/sys/fs/selinux',
    ]
    const thermal = '/sys/devices/system/cpu/cpu*/thermal_throttle'
    expect(
      await shell(
        `cat ${empty.join(' ')} 2>/dev/null | wc -c; ls -A ${directories.join(' ')} ${thermal} 2>/dev/null | grep -v ":$" | grep -c .; true`,
      ),
    ).toBe('0\n0')
    const written = [
      '/proc/sysrq-trigger',
      '/proc/sys/kernel/core_pattern',
      '/proc/sys/kernel/modprobe',
      '/proc/sys/vm/drop_caches',
      '/proc/sys/fs/binfmt_misc/register',
      '/proc/irq/default_smp_affinity',
      '/sys/kernel/uevent_helper',
      '/sys/kernel/mm/ksm/run',
      '/sys/power/state',
      '/sys/module/printk/parameters/time',
      '/proc/fs/x',
      '/proc/bus/x',
    ]
    expect(
      await shell(`for f in ${written.join(' ')}; do (echo x > $f) 2>/dev/null && echo written $f; done; true`),
    ).toBe('')
    expect(
      await shell(
        'for m in /proc/kcore /sys; do umount $m 2>/dev/null && echo gone; mount -o remount,rw $m 2>/dev/null && echo rw; done; true',
      ),
    ).toBe('')
  })

  test('CVE-2022-0811, CVE-2022-0532, GHSA-w2j5-3rcx-vx7x: a sysctl carries no second key, and none changes the host', async () => {
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8')
    const asked: [flags: string[], says: RegExp][] = [
      [['--sysctl', 'kernel.shm_rmid_forced=1+kernel.core_pattern=|/evil'], /.*/],
      [['--sysctl', 'net.ipv4.ip_forward=1\nkernel.core_pattern=x'], /invalid/],
      [['--sysctl', 'net.ipv4/../../kernel/core_pattern=x'], /not in a separate kernel namespace|is not allowed/],
      [['--sysctl', 'kernel.core_pattern=x'], /not in a separate kernel namespace|is not allowed/],
      [['--sysctl', 'net.ipv4.ip_forward=1', '--network', 'host'], /not allowed in host network namespace/],
      [['--sysctl', 'kernel.shmmax=1', '--ipc', 'host'], /not allowed in host IPC namespace/],
      [['--sysctl', 'fs.mqueue.msg_max=1', '--ipc', 'host'], /not allowed in host IPC namespace/],
    ]
    for (const [flags, says] of asked) {
      const refused = await cli('run', '--rm', ...flags, 'busybox', 'true')
      expect(`${flags.join(' ')} ${refused.code}`).not.toEndWith(' 0')
      expect(refused.stderr).toMatch(says)
    }
    await out('create', '--name', 'donor', '--network', 'host', '--ipc', 'host', 'busybox')
    for (const flags of [['--network', 'container:donor', '--sysctl', 'net.ipv4.ip_forward=1']]) {
      expect((await cli('run', '--rm', ...flags, 'busybox', 'true')).code).not.toBe(0)
    }
    await out('rm', 'donor')
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before)
  })

  test('CVE-2022-0492, CVE-2023-25809, CVE-2025-47291, CVE-2023-6476: cgroups are read-only inside, cannot be mounted, and the container stands in its own', async () => {
    expect(
      await shell(
        'for f in $(find /sys/fs/cgroup -name release_agent -o -name cgroup.procs -o -name memory.limit_in_bytes | head -40); do (echo 1 > $f) 2>/dev/null && echo written $f; done; mkdir /sys/fs/cgroup/memory/x /sys/fs/cgroup/x 2>/dev/null && echo made; true',
      ),
    ).toBe('')
    expect(
      await shell(
        'mkdir /c; mount -t cgroup -o rdma cgroup /c 2>/dev/null && echo mounted; mount -t cgroup2 none /c 2>/dev/null && echo mounted; unshare -UrmC true 2>/dev/null && echo unshared; true',
      ),
    ).toBe('')
    const id = await out('run', '-d', '--memory', '64m', '--pids-limit', '20', 'busybox', 'sleep', '1000')
    const pid = await out('inspect', '--format', '{{.State.Pid}}', id)
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')
    for (const controller of ['memory', 'pids', 'devices']) {
      const line = groups.find(group => group.split(':')[1]?.split(',').includes(controller)) ?? groups[0]
      expect(line).toContain(`${daemon.instance.cgroupParent}/${id}`)
    }
    expect(await out('exec', id, 'sh', '-c', 'cat /proc/self/cgroup')).not.toContain(id)
    await out('rm', '-f', id)
  })
})

describe('steering of the runtime', () => {
  test('CVE-2025-24965, CVE-2026-84042: no other handler is chosen, by annotation, label or content', async () => {
    for (const annotation of [
      'run.oci.handler=krun',
      'run.oci.hooks.stderr=/tmp/x',
      'module.wasm.image/variant=compat',
      'krun.ram_mib=1',
    ]) {
      expect((await cli('run', '--rm', '--annotation', annotation, 'busybox', 'true')).stderr).toContain(
        'would steer the OCI runtime',
      )
    }
    await hostileImage(
      daemon,
      'steering',
      'echo "{}" > .krun_config.json; echo "{}" > krun-sev.json; printf "\\0asm\\1\\0\\0\\0" > run.wasm; chmod 755 run.wasm',
      ['LABEL run.oci.handler=wasm', 'LABEL module.wasm.image/variant=compat'],
    )
    expect(await out('run', '--rm', 'steering', 'cat', '/proc/1/comm')).toBe('cat')
    expect((await cli('run', '--rm', 'steering', '/run.wasm')).stderr).toMatch(/exec format error/i)
  })

  test('apple GHSA-x7pf-2jmj-pgcq: names and ids never become paths', async () => {
    const places = () =>
      readdirSync(join(daemon.instance.dataRoot, 'containers')).length +
      readdirSync(join(daemon.instance.dataRoot, 'volumes')).length
    const before = places()
    for (const name of ['..', '../x', 'a/../../b', '.x', '-x', 'x\n']) {
      expect((await cli('create', '--name', name, 'busybox')).code).not.toBe(0)
      expect((await cli('volume', 'create', '--', name)).code).not.toBe(0)
      const body = { Image: 'busybox', HostConfig: { Binds: [`${name}:/x`] } }
      expect((await daemon.api('POST', '/v1.44/containers/create', body)).status).toBe(400)
    }
    for (const parent of ['../../x', '/a/../../b', 'a:b'])
      expect((await cli('create', '--cgroup-parent', parent, 'busybox')).stderr).toContain('invalid cgroup parent')
    expect(places()).toBe(before)
  })
})
