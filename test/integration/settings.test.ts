import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

/** A privileged container gets what the daemon has, which is what this test has. */
const OWN_CAPABILITIES = /CapBnd:\s+(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''

/** What `run` is given, the shell command inside, and what it has to print. */
const SETTINGS: [title: string, flags: string[], command: string, printed: string | RegExp][] = [
  [
    'environment and its PATH',
    ['-e', 'A=1', '-e', 'B='],
    'echo "$A[$B]$PATH"',
    '1[]/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ],
  ['working directory, made when missing', ['-w', '/new/place'], 'pwd', '/new/place'],
  ['user by name with its groups', ['-u', 'app'], 'id -u; id -g; id -G', '1000\n1000\n1000 2000'],
  ['user and group by number', ['-u', '5:6'], 'id -u; id -g; id -G', '5\n6\n6'],
  ['additional groups', ['-u', '5:6', '--group-add', '77'], 'id -G', '6 77'],
  ['home of the user', ['-u', 'app'], 'echo $HOME', '/home'],
  [
    'host name and domain',
    ['-h', 'ship', '--domainname', 'sea.test'],
    'hostname; cat /etc/hostname; cat /proc/sys/kernel/domainname',
    'ship\nship\nsea.test',
  ],
  ['extra hosts', ['--add-host', 'pier:10.1.2.3'], 'grep pier /etc/hosts', /^10\.1\.2\.3\s+pier$/],
  [
    'name servers',
    ['--dns', '9.9.9.9', '--dns-search', 'sea.test'],
    'cat /etc/resolv.conf',
    /nameserver 9\.9\.9\.9[\s\S]*|search sea\.test/,
  ],
  ['read-only root', ['--read-only'], 'touch /x 2>&1; echo $?', /Read-only file system\n1/],
  [
    'tmpfs with options',
    ['--tmpfs', '/scratch:size=1m,mode=700'],
    'grep " /scratch " /proc/mounts; stat -c %a /scratch',
    /tmpfs \/scratch tmpfs rw,nosuid,nodev,noexec.*size=1024k.*\n700/,
  ],
  ['shared memory size', ['--shm-size', '8m'], 'df -k /dev/shm | tail -1', /8192/],
  ['capabilities by default', [], 'grep CapEff /proc/self/status', /00000000a80425fb$/],
  [
    'capabilities dropped and added',
    ['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN'],
    'grep CapEff /proc/self/status',
    /0000000000001000$/,
  ],
  [
    'no inheritable or ambient capabilities',
    [],
    'grep -E "CapInh|CapAmb" /proc/self/status',
    /^CapInh:\s+0+\nCapAmb:\s+0+$/,
  ],
  ['no capabilities for another user', ['-u', '1000'], 'grep CapEff /proc/self/status', /0000000000000000$/],
  ['seccomp filter on', [], 'grep Seccomp: /proc/self/status', /2$/],
  ['seccomp filter off when asked', ['--security-opt', 'seccomp=unconfined'], 'grep Seccomp: /proc/self/status', /0$/],
  ['a call that the filter refuses', [], 'unshare -m true 2>&1; echo $?', /Operation not permitted\n1/],
  ['no new privileges', ['--security-opt', 'no-new-privileges'], 'grep NoNewPrivs /proc/self/status', /1$/],
  [
    'privileged',
    ['--privileged'],
    'grep -E "CapEff|Seccomp:" /proc/self/status; test -e /dev/kmsg && echo kmsg',
    new RegExp(`CapEff:\\s+${OWN_CAPABILITIES}\nSeccomp:\\s+0\nkmsg`),
  ],
  ['masked paths', [], 'cat /proc/kcore | wc -c; ls /sys/firmware | wc -l', '0\n0'],
  ['read-only paths', [], 'echo 1 > /proc/sys/kernel/panic; echo $?', /1$/],
  ['rlimits', ['--ulimit', 'nofile=100:200', '--ulimit', 'core=0'], 'ulimit -Sn; ulimit -Hn', '100\n200'],
  ['sysctls', ['--sysctl', 'net.ipv4.ip_forward=1'], 'cat /proc/sys/net/ipv4/ip_forward', '1'],
  ['low ports and ping for everyone', ['-u', '1000'], 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start', '0'],
  ['oom score', ['--oom-score-adj', '500'], 'cat /proc/self/oom_score_adj', '500'],
  ['oom score by default', [], 'cat /proc/self/oom_score_adj', '0'],
  ['own process ids', [], 'echo $$', '1'],
  ['process ids of the host', ['--pid', 'host'], 'test $$ -gt 1 && echo many', 'many'],
  ['an init that reaps', ['--init'], 'cat /proc/1/comm', /tini|docker-init|catatonit/],
  ['a device', ['--device', '/dev/fuse:/dev/fuze:r'], 'ls -l /dev/fuze | cut -c1', 'c'],
  [
    'only the known devices',
    [],
    'ls /dev | sort | tr "\\n" " "',
    /^(console )?core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero$/,
  ],
  ['the entry point and its arguments', ['--entrypoint', 'echo'], '', /-c/],
]

describe.each([...CLIENTS])('settings of a container as seen from inside, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)

  test.each(SETTINGS)('%s', async (_title, flags, command, printed) => {
    const { stdout, stderr } = await client().cli([
      'run',
      '--rm',
      ...flags,
      'busybox',
      ...(flags.includes('--entrypoint') ? ['-c'] : ['sh', '-c', command]),
    ])
    const told = (stdout || stderr).trim()
    if (typeof printed === 'string') expect(told).toBe(printed)
    else expect(told).toMatch(printed)
  })

  test('limits stand in the container’s own cgroup', async () => {
    const flags = [
      '--memory',
      '64m',
      '--cpus',
      '0.5',
      '--pids-limit',
      '50',
      '--cpu-shares',
      '512',
      '--cpuset-cpus',
      '0',
    ]
    const id = await client().out('run', '-d', ...flags, 'busybox', 'sleep', '1000')
    const limit = async (v1: string, v2: string) => {
      const at = [
        `/sys/fs/cgroup/${v1.split('/')[0]}${daemon.instance.cgroupParent}/${id}/${v1.split('/')[1]}`,
        `/sys/fs/cgroup${daemon.instance.cgroupParent}/${id}/${v2}`,
      ]
      for (const path of at) if (await Bun.file(path).exists()) return (await Bun.file(path).text()).trim()
      throw new Error(`neither of ${at.join(', ')}`)
    }
    expect(await limit('memory/memory.limit_in_bytes', 'memory.max')).toBe(String(64 * 1024 * 1024))
    expect(await limit('pids/pids.max', 'pids.max')).toBe('50')
    expect(['50000', '50000 100000']).toContain(await limit('cpu/cpu.cfs_quota_us', 'cpu.max'))
    expect(await limit('cpuset/cpuset.cpus', 'cpuset.cpus')).toBe('0')
    await client().out('rm', '-f', id)
  })

  test('a program that takes more memory than it may have is killed, and that is told', async () => {
    await client().cli([
      'run',
      '--name',
      'greedy',
      '--memory',
      '16m',
      '--memory-swap',
      '16m',
      'busybox',
      'sh',
      '-c',
      'x=$(head -c 64000000 /dev/zero | tr "\\0" y); echo done',
    ])
    expect(await client().out('inspect', '--format', '{{.State.OOMKilled}}', 'greedy')).toBe('true')
    await client().out('rm', 'greedy')
  })

  test('more processors than the machine has, and other impossible values, are refused by name and nothing is made', async () => {
    const mistakes: [flags: string[], says: RegExp][] = [
      [['--cpus', String(cpus().length + 1)], /CPU|cpu/],
      [['--memory', '1m'], /[Mm]inimum memory limit/],
      [['--memory', 'much'], /invalid/],
      [['--pid', 'nonsense'], /PID mode|pid mode/i],
      [['-p', '99999:80'], /invalid|Invalid/],
      [['--cap-add', 'CAP_NONSENSE'], /CAP_NONSENSE/],
      [['--sysctl', 'kernel.panic=1'], /kernel\.panic/],
      [['-v', '/a:relative'], /relative/],
      [['--ulimit', 'nonsense=1'], /nonsense/],
      [['--restart', 'sometimes'], /sometimes/],
      [['--rm', '--restart', 'always'], /[Cc]onflict|AutoRemove/],
      [['--security-opt', 'seccomp=/nope.json'], /nope\.json/],
      [['--network', 'container:nobody'], /nobody/],
      [['--runtime', 'nope'], /nope/],
      [['--user', 'nobody-here'], /nobody-here/],
    ]
    for (const [flags, says] of mistakes) {
      const result = await client().cli(['run', '--rm', ...flags, 'busybox', 'true'])
      expect(`${flags.join(' ')}: ${result.code} ${result.stderr}`).toMatch(says)
      expect(result.code).toBe(125)
    }
    expect(await client().out('ps', '-aq')).toBe('')
  })
})
