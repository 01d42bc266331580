import { describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostConfig } from '../../../formats/engine-api/container.ts'
import { printSpec } from './runtime-spec.ts'
import { trial } from './testing/trial.ts'

const RUNTIMES = ['crun', 'runc'].filter(name => Bun.which(name)) as ('crun' | 'runc')[]
const status = (text: string, key: string) => new RegExp(`^${key}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1]
const STATUS = 'cat /proc/self/status'

describe.each(RUNTIMES)('%s, seen from inside:', runtime => {
  const seen = async (hostConfig: HostConfig, command: string, config = {}) => {
    await using at = await trial({ runtime, host: hostConfig, config })
    return at.run(command)
  }

  test('capabilities, filter and groups of a plain container are Docker’s', async () => {
    const { out } = await seen({}, STATUS)
    expect(status(out, 'CapBnd')).toBe('00000000a80425fb')
    expect(status(out, 'CapEff')).toBe('00000000a80425fb')
    expect(status(out, 'CapPrm')).toBe('00000000a80425fb')
    expect(status(out, 'CapInh')).toBe('0000000000000000')
    expect(status(out, 'CapAmb')).toBe('0000000000000000')
    expect(status(out, 'Seccomp')).toBe('2')
    expect(status(out, 'NoNewPrivs')).toBe('0')
    expect(status(out, 'Groups')).toBe('0')
  })

  test('a user other than root keeps no capability, and has its groups and home', async () => {
    const { out } = await seen({ CapAdd: ['SYS_ADMIN'], GroupAdd: ['77'] }, `${STATUS}; echo HOME=$HOME; id`, {
      User: 'web',
    })
    expect(status(out, 'CapEff')).toBe('0000000000000000')
    expect(status(out, 'CapPrm')).toBe('0000000000000000')
    expect(status(out, 'CapAmb')).toBe('0000000000000000')
    expect(status(out, 'Groups')).toBe('29 77 1001')
    expect(out).toContain('HOME=/home/web')
    expect(out).toContain('uid=1000(web) gid=1001(web)')
  })

  test('capabilities are added and dropped', async () => {
    const { out } = await seen({ CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] }, STATUS)
    expect(status(out, 'CapEff')).toBe('0000000000001000')
  })

  test('no-new-privileges holds, and the filter with it', async () => {
    const { out } = await seen({ SecurityOpt: ['no-new-privileges'] }, STATUS)
    expect(status(out, 'NoNewPrivs')).toBe('1')
    expect(status(out, 'Seccomp')).toBe('2')
  })

  test('masked and read-only paths', async () => {
    const command = `cat /proc/kcore | head -c 10 | wc -c; cat /proc/timer_list | wc -c; ls /sys/firmware | wc -l
      for path in /proc/sys/kernel/core_pattern /proc/sys/vm/swappiness /proc/irq/default_smp_affinity; do
        (echo x > $path) 2>&1 | grep -o 'Read-only file system'; done
      (mkdir /sys/x) 2>&1 | grep -o 'Read-only'; (mkdir /sys/fs/cgroup/memory/x /sys/fs/cgroup/x) 2>&1 | grep -c .`
    const { out } = await seen({}, command)
    expect(out.split('\n').slice(0, 3)).toEqual(['0', '0', '0'])
    expect(out.match(/Read-only file system/g)?.length).toBe(3)
  })

  test('devices: the default set and nothing else', async () => {
    const { out } = await seen(
      {},
      'ls /dev; for d in null zero full random urandom tty; do [ -c /dev/$d ] && echo has $d; done',
    )
    expect(out.match(/has /g)).toHaveLength(6)
    expect(out).not.toMatch(/fuse|tun|kvm|vda|mem/)
  })

  test('the device rules refuse a node that the container makes itself [GHSA-g54h class]', async () => {
    const command = `for n in '1 1' '10 229' '10 200' '254 0'; do set -- $n; mknod /tmp/d$1-$2 c $1 $2; head -c 1 /tmp/d$1-$2 2>&1; done
      mknod /tmp/null c 1 3 && echo quiet > /tmp/null && echo null works`
    const { out } = await seen({}, command)
    // runc 1.1 itself adds 10:200 (tun) after all rules.
    expect(out.match(/Operation not permitted/g)?.length).toBeGreaterThanOrEqual(runtime === 'crun' ? 4 : 3)
    expect(out).toContain('null works')
  })

  test('a device that is asked for', async () => {
    const devices = [{ PathOnHost: '/dev/kmsg', PathInContainer: '/dev/mine', CgroupPermissions: 'r' }]
    const { out } = await seen({ Devices: devices }, 'ls -l /dev/mine; head -c 1 /dev/mine | wc -c; echo x > /dev/mine')
    expect(out).toContain('1,  11 ')
  })

  test('a privileged container has it all', async () => {
    const { out } = await seen(
      { Privileged: true },
      `${STATUS}; ls /dev; mkdir /sys/fs/cgroup/x 2>&1; touch /proc/sys/kernel/x 2>&1`,
    )
    expect(status(out, 'Seccomp')).toBe('0')
    expect(status(out, 'CapEff')).toBe(status(readFileSync('/proc/self/status', 'utf8'), 'CapEff'))
    expect(out).toContain('kmsg')
    expect(out).not.toContain('Read-only')
  })

  test('limits arrive in the cgroup', async () => {
    const limits = { Memory: 64 * 1024 ** 2, PidsLimit: 50, CpuShares: 512, NanoCpus: 5e8, CpusetCpus: '0' }
    const files =
      `memory/memory.limit_in_bytes memory.max pids/pids.max pids.max cpu/cpu.shares cpu/cpu.cfs_quota_us cpu.max
      cpuset/cpuset.cpus cpuset.cpus`.replaceAll('\n', ' ')
    const command = `cd /sys/fs/cgroup; for f in ${files}; do [ -e $f ] && echo "\${f##*/}=$(cat $f)"; done`
    const { out } = await seen(limits, command)
    expect(out).toMatch(/(memory.limit_in_bytes|memory.max)=67108864/)
    expect(out).toContain('pids.max=50')
    expect(out).toMatch(/cpu.cfs_quota_us=50000|cpu.max=50000 100000/)
    expect(out).toContain('cpuset.cpus=0')
  })

  test('rlimits, sysctls, oom score, names', async () => {
    const asked: HostConfig = {
      Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }],
      Sysctls: { 'net.ipv4.ip_forward': '1', 'kernel.shmmax': '12345' },
      OomScoreAdj: 500,
    }
    const command = `ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax /proc/self/oom_score_adj
      cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range; hostname; cat /proc/sys/kernel/domainname`
    const { out } = await seen(asked, command, { Hostname: 'berth1', Domainname: 'example.org' })
    expect(out.split('\n').map(line => line.replace(/\s+/g, ' '))).toEqual([
      '100',
      '200',
      '1',
      '12345',
      '500',
      '0',
      '0 2147483647',
      'berth1',
      'example.org',
    ])
  })

  test('a tmpfs has its options, /dev/shm its size', async () => {
    const { out } = await seen(
      { Tmpfs: { '/t': 'size=64k,mode=700,exec' }, ShmSize: 1024 ** 2 },
      'cat /proc/mounts; stat -c %a /t',
    )
    const options = (place: string) => new RegExp(`^\\S+ ${place} tmpfs (\\S+)`, 'm').exec(out)?.[1]?.split(',')
    expect(options('/t')).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'size=64k', 'mode=700']))
    expect(options('/t')).not.toContain('noexec')
    expect(options('/dev/shm')).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noexec', 'size=1024k']))
    expect(out).toEndWith('700')
  })

  test('a read-only root leaves its tmpfs writable', async () => {
    const { out } = await seen(
      { ReadonlyRootfs: true, Tmpfs: { '/t': '' } },
      '(touch /x) 2>&1; touch /t/x && echo t; touch /dev/shm/x && echo shm',
    )
    expect(out).toContain('Read-only file system')
    expect(out).toContain('t\nshm')
  })

  test('binds', async () => {
    await using at = await trial({
      runtime,
      spec: spec => {
        for (const mount of spec.mounts) mount.source = mount.source.replace('/AT', join(spec.root.path, '..'))
      },
      host: { Binds: ['/AT/dir:/a', '/AT/dir:/b:ro', '/AT/file:/f:ro', '/AT/dir:/tmp/x/y/z'] },
    })
    mkdirSync(join(at.directory, 'dir'))
    writeFileSync(join(at.directory, 'file'), 'content')
    const command = 'touch /a/made; ls /b; (touch /b/x) 2>&1; cat /f; (echo x > /f) 2>&1; ls /tmp/x/y/z'
    const { out } = await at.run(command)
    expect(out.match(/Read-only file system/g)).toHaveLength(2)
    expect(out).toContain('content')
    expect(out.match(/made/g)).toHaveLength(2)
  })

  test('a bind keeps what the mount of the host forbids', async () => {
    await using at = await trial({
      runtime,
      host: { Binds: [`/tmp/berth-flags-${process.pid}:/a`, `/tmp/berth-flags-${process.pid}:/b:ro`] },
    })
    const source = `/tmp/berth-flags-${process.pid}`
    mkdirSync(source)
    const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'ro,nosuid,nodev,noexec', 'tmpfs', source])
    const { out } = at.run('mount | grep -E " /(a|b) "; (touch /a/x) 2>&1')
    Bun.spawnSync(['umount', source])
    Bun.spawnSync(['rmdir', source])
    expect(mounted.exitCode).toBe(0)
    expect(out.match(/ro,nosuid,nodev,noexec/g)).toHaveLength(2)
    expect(out).toContain('Read-only file system')
  })

  test('the working directory is made if it is not there', async () => {
    const { out } = await seen({}, 'pwd', { WorkingDir: '/new/place' })
    expect(out).toBe('/new/place')
  })

  test('namespaces of the host', async () => {
    const command = 'for n in pid ipc uts net cgroup; do readlink /proc/self/ns/$n; done'
    const names = ['pid', 'ipc', 'uts', 'net', 'cgroup']
    const own = names.map(name =>
      Bun.spawnSync(['readlink', `/proc/self/ns/${name}`])
        .stdout.toString()
        .trim(),
    )
    const shared = await seen(
      { PidMode: 'host', IpcMode: 'host', UTSMode: 'host', NetworkMode: 'host', CgroupnsMode: 'host' },
      command,
    )
    expect(shared.out.split('\n')).toEqual(own)
    const apart = await seen({}, command)
    for (const [index, name] of apart.out.split('\n').entries()) expect(name).not.toBe(own[index]!)
  })

  test('an exec has the filter, capabilities, environment and limits of its container', async () => {
    await using at = await trial({ runtime, config: { Env: ['A=1', 'B=2'] } })
    const { exec } = at.start()
    const { out } = exec({
      Cmd: ['sh', '-c', `${STATUS}; echo A=$A B=$B C=$C; pwd`],
      Env: ['A=9', 'B', 'C=3'],
      WorkingDir: '/tmp',
    })
    expect(status(out, 'CapEff')).toBe('00000000a80425fb')
    expect(status(out, 'Seccomp')).toBe('2')
    expect(out).toContain('A=9 B= C=3\n/tmp')
    const web = exec({ Cmd: ['sh', '-c', `${STATUS}; id -u; echo $HOME`] }, 'web')
    expect(status(web.out, 'CapEff')).toBe('0000000000000000')
    expect(web.out).toContain('1000\n/home/web')
    const privileged = exec({ Cmd: ['sh', '-c', STATUS], Privileged: true })
    expect(BigInt(`0x${status(privileged.out, 'CapEff')}`)).toBeGreaterThan(0xa80425fbn)
  })

  test('the init program of --init is process 1', async () => {
    await using at = await trial({ runtime, host: { Init: true }, around: { init: '/bin/busybox' } })
    const { spec } = at.build('true')
    expect(spec.process.args.slice(0, 2)).toEqual(['/sbin/docker-init', '--'])
    expect(spec.mounts.at(-1)).toMatchObject({ source: '/bin/busybox', destination: '/sbin/docker-init' })
  })
})

describe('hostile images', () => {
  test('a /dev that is a link gets no device node made on the host [CVE-2026-41579]', async () => {
    const outside = `/tmp/berth-outside-${process.pid}`
    await using at = await trial({
      root: rootfs => {
        Bun.spawnSync(['rm', '-r', join(rootfs, 'dev')])
        symlinkSync(outside, join(rootfs, 'dev'))
      },
    })
    mkdirSync(outside)
    at.run('true')
    const left = Bun.spawnSync(['ls', '-A', outside]).stdout.toString()
    Bun.spawnSync(['rm', '-r', outside])
    expect(left).toBe('')
  })

  test('a working directory in /proc/self/fd never leads to the host [CVE-2024-21626]', async () => {
    for (let fd = 3; fd < 16; fd++) {
      await using at = await trial({
        root: rootfs => symlinkSync(`/proc/self/fd/${fd}`, join(rootfs, 'way')),
        config: { WorkingDir: '/way' },
      })
      const { out, code } = at.run('ls ../../../../../.. 2>/dev/null; cat ../../../../../etc/shadow')
      expect(code === 0 ? out : '').not.toContain('root:')
    }
  })

  test('a mount’s place behind a link stays inside the root [CVE-2021-30465, CVE-2024-9341]', async () => {
    const outside = `/tmp/berth-behind-${process.pid}`
    await using at = await trial({
      root: rootfs => symlinkSync(`../../../../../..${outside}`, join(rootfs, 'way')),
      host: { Binds: ['/bin:/way/made:ro'], Tmpfs: { '/way/too': '' } },
    })
    mkdirSync(outside)
    at.run('true')
    const left = Bun.spawnSync(['ls', '-A', outside]).stdout.toString()
    Bun.spawnSync(['rm', '-r', outside])
    expect(left).toBe('')
  })

  test('a /dev/null that is a link masks nothing on the host [CVE-2025-31133]', async () => {
    await using at = await trial({
      root: rootfs => symlinkSync('/proc/sys/kernel/core_pattern', join(rootfs, 'dev/null')),
    })
    const { out } = at.run('cat /proc/timer_list | wc -c; (echo x > /proc/sys/kernel/core_pattern) 2>&1')
    expect(out).toContain('0\n')
    expect(out).toContain('Read-only file system')
  })
})

describe('the spec', () => {
  test('takes nothing from labels, and keeps the user’s annotations', async () => {
    await using at = await trial({
      config: { Labels: { 'run.oci.hooks.stdout': '/x', 'org.example': 'y' } },
      host: { Annotations: { mine: '1' } },
    })
    const { spec } = at.build('true')
    expect(Object.keys(spec.annotations ?? {}).sort()).toEqual(['mine', 'run.oci.seccomp_bpf_data'])
  })

  test('cgroups go below the instance’s parent, or the one asked for', async () => {
    await using at = await trial({ host: { CgroupParent: 'mine/deep' } })
    expect(at.build('true').spec.linux.cgroupsPath).toMatch(/^\/mine\/deep\/[0-9a-f]{64}$/)
  })

  test('a tmpfs stands on /dev whatever the image has', async () => {
    await using at = await trial({ host: { Privileged: true } })
    expect(at.build('true').spec.mounts.find(({ destination }) => destination === '/dev')?.type).toBe('tmpfs')
  })

  test('mounts of the user come by depth and take the place of the engine’s', async () => {
    await using at = await trial({ host: { Tmpfs: { '/a/b/c': '', '/a': '', '/dev/shm': 'size=1m', '/a/b': '' } } })
    const places = at.build('true').spec.mounts.map(({ destination }) => destination)
    expect(places.filter(place => place.startsWith('/a'))).toEqual(['/a', '/a/b', '/a/b/c'])
    expect(places.filter(place => place === '/dev/shm')).toHaveLength(1)
  })

  test('numbers beyond 2^53 are printed exactly', async () => {
    await using at = await trial({ host: { Ulimits: [{ Name: 'core', Soft: -1, Hard: -1 }] } })
    expect(printSpec(at.build('true').spec)).toContain('"soft":18446744073709551615')
    expect(at.run('ulimit -c').out).toBe('unlimited')
  })

  test('an environment gets nothing of ours [CVE-2026-57231, CVE-2021-3602]', async () => {
    await using at = await trial({ config: { Env: ['*', 'HOME', 'USER', 'A=b'] } })
    const { out } = at.run(['env'])
    expect(
      out
        .split('\n')
        .map(line => line.split('=')[0])
        .sort(),
    ).toEqual(['A', 'HOME', 'HOSTNAME', 'PATH'])
  })
})
