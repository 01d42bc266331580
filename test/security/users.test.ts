import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, statSync } from 'node:fs'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { hostileImage } from '../kit/hostile-image.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
const MARK = 'berth-secret-of-the-daemon'
beforeAll(async () => {
  daemon = await testDaemon({ env: { BERTH_TEST_SECRET: MARK } })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const cli = (...args: string[]) => clientOf(daemon, 'docker').cli(args)
const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const IDS = ['sh', '-c', 'echo $(id -u) $(id -g) $(id -G)']

describe('who a container runs as', () => {
  test('CVE-2016-3697, CVE-2026-46680: a number is an id, also where the image has a user of that name', async () => {
    await hostileImage(
      daemon,
      'numbers',
      `printf '1000:x:0:0::/root:/bin/sh\\n1001:x:0:0::/:/bin/sh\\nroot:x:0:0::/root:/bin/sh\\n' > etc/passwd; printf '1000:x:0:\\nwheel:x:0:1000,1001\\n' > etc/group`,
      ['USER 1000'],
    )
    expect(await out('run', '--rm', 'numbers', ...IDS)).toBe('1000 0 0')
    expect(await out('run', '--rm', '-u', '1001:1000', 'numbers', ...IDS)).toBe('1001 1000 1000')
    await out('run', '-d', '--name', 'numbered', 'numbers', 'sleep', '1000')
    expect(await out('exec', '-u', '1001:1000', 'numbered', ...IDS)).toBe('1001 1000 1000')
    await out('rm', '-f', 'numbered')
  })

  test('CVE-2024-40635: an id beyond 2^31 is refused and never wraps to 0, by flag, image, group and exec', async () => {
    const range = 'uids and gids must be in range 0-2147483647'
    for (const user of ['4294967296', '2147483648', '1:4294967296', '-1', '99999999999999999999']) {
      expect((await cli('run', '--rm', `--user=${user}`, 'busybox', 'id')).stderr).toContain(range)
    }
    await hostileImage(
      daemon,
      'wraps',
      `printf 'big:x:4294967296:4294967296::/:/bin/sh\\nroot:x:0:0::/:/bin/sh\\n' > etc/passwd`,
      ['USER 4294967296'],
    )
    expect((await cli('run', '--rm', 'wraps', 'id')).stderr).toContain(range)
    expect((await cli('run', '--rm', '-u', 'big', 'wraps', 'id')).code).not.toBe(0)
    await out('run', '-d', '--name', 'in-range', 'busybox', 'sleep', '1000')
    expect((await cli('exec', '-u', '4294967296', 'in-range', 'id')).stdout).toContain(range)
    expect((await cli('run', '--rm', '--group-add', '4294967296', 'busybox', 'id')).stderr).toContain(range)
    await out('rm', '-f', 'in-range')
  })

  test('CVE-2026-30892: exec -u runs as that user, at the first exec and with a terminal', async () => {
    await out('run', '-d', '--name', 'execs', 'busybox', 'sleep', '1000')
    for (const user of ['1', 'app', '1000:2000']) {
      const [uid = ''] = (await out('exec', '-u', user, 'execs', ...IDS)).split(' ')
      expect(uid).toBe(user === '1' ? '1' : '1000')
      expect((await out('exec', '-t', '-u', user, 'execs', ...IDS)).split(' ')[0]).toBe(uid)
      expect(await out('exec', '-u', user, 'execs', 'grep', 'CapEff', '/proc/self/status')).toMatch(/\t0+$/)
    }
    await out('rm', '-f', 'execs')
  })

  test('CVE-2022-36109, CVE-2023-25173, CVE-2022-2989, CVE-2022-2990, CVE-2022-2995: the primary group is among the supplementary ones', async () => {
    const groups = ['grep', 'Groups', '/proc/self/status']
    const of = async (...flags: string[]) =>
      (await out('run', '--rm', ...flags, 'busybox', ...groups)).replace(/\s+/g, ' ')
    expect(await of('-u', 'app')).toBe('Groups: 1000 2000')
    expect(await of('-u', '7:8')).toBe('Groups: 8')
    expect(await of('-u', '7:8', '--group-add', 'extra')).toBe('Groups: 8 2000')
    await out('run', '-d', '--name', 'grouped', 'busybox', 'sleep', '1000')
    expect((await out('exec', '-u', 'app', 'grouped', ...groups)).replace(/\s+/g, ' ')).toBe('Groups: 1000 2000')
    await out('rm', '-f', 'grouped')
  })
})

describe('capabilities', () => {
  const SETS = ['grep', '-E', 'CapInh|CapPrm|CapEff|CapAmb', '/proc/self/status']

  test('CVE-2022-24769, GHSA-c9cp-9c75-9v8c, CVE-2022-27649, CVE-2022-27650, CVE-2022-27651, CVE-2022-27652, CVE-2022-29162: none is inheritable, in run, exec and privileged', async () => {
    const none = /CapInh:\s+0{16}\n[\s\S]*CapAmb:\s+0{16}/
    await out('run', '-d', '--name', 'caps', 'busybox', 'sleep', '1000')
    expect(await out('exec', 'caps', ...SETS)).toMatch(none)
    expect(await out('exec', '--privileged', 'caps', ...SETS)).toMatch(none)
    expect(await out('run', '--rm', '--privileged', 'busybox', ...SETS)).toMatch(none)
    expect(await out('run', '--rm', '--cap-add', 'ALL', 'busybox', ...SETS)).toMatch(none)
    await out('rm', '-f', 'caps')
  })

  test('CVE-2016-8867, CVE-2018-10856, CVE-2021-20188: a user other than root has none, whatever was added', async () => {
    const none = /CapInh:\s+0{16}\nCapPrm:\s+0{16}\nCapEff:\s+0{16}\nCapAmb:\s+0{16}/
    for (const flags of [[], ['--cap-add', 'ALL'], ['--privileged'], ['--cap-add', 'NET_ADMIN']]) {
      expect(await out('run', '--rm', '-u', '1000', ...flags, 'busybox', ...SETS)).toMatch(none)
    }
  })

  test('[class] no-new-privileges: setuid programs give nothing, in run and exec', async () => {
    await hostileImage(
      daemon,
      'setuid',
      "rm bin/su; cp bin/busybox bin/su; chmod 4755 bin/su; echo 'root::0:0::/:/bin/sh' > etc/passwd",
    )
    const become = '/bin/su root -c id 2>&1 | grep -c uid=0'
    expect(await out('run', '--rm', '-u', '1000', 'setuid', 'sh', '-c', `${become}; true`)).toBe('1')
    const flags = ['--security-opt', 'no-new-privileges', '-u', '1000']
    expect(await out('run', '--rm', ...flags, 'setuid', 'sh', '-c', `${become}; true`)).toBe('0')
    await out('run', '-d', '--name', 'nnp', ...flags, 'setuid', 'sleep', '1000')
    expect(await out('exec', 'nnp', 'sh', '-c', `${become}; true`)).toBe('0')
    expect(await out('exec', 'nnp', 'grep', 'NoNewPrivs', '/proc/self/status')).toMatch(/1$/)
    await out('rm', '-f', 'nnp')
  })
})

describe('files of users', () => {
  test('CVE-2026-47262, CVE-2025-4437, GHSA-mjcv-p78q-w5fw, GHSA-72x6-4j93-7w86, CVE-2024-9676: huge, endless and odd passwd and group files are refused at once, and the daemon stays as it was', async () => {
    const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid()}/status`, 'utf8'))?.[1])
    const before = memory()
    const kinds: [name: string, make: string][] = [
      ['fifo', 'rm -f etc/passwd; mkfifo etc/passwd'],
      ['zero', 'rm -f etc/passwd; mknod etc/passwd c 1 5'],
      ['directory', 'rm -f etc/passwd; mkdir etc/passwd'],
      ['group-fifo', 'rm -f etc/group; mkfifo etc/group'],
    ]
    for (const [name, make] of kinds) {
      await hostileImage(daemon, `users-${name}`, make)
      const ran = await cli('run', '--rm', '-u', 'app', `users-${name}`, 'id')
      expect(`${name} ${ran.code}`).not.toBe(`${name} 0`)
    }
    for (const change of [
      'truncate -s 8G /etc/passwd',
      'rm /etc/passwd; mkfifo /etc/passwd',
      'rm /etc/passwd; ln -s /dev/zero /etc/passwd',
    ]) {
      await out('run', '-d', '--name', 'grows', 'busybox', 'sh', '-c', `${change}; echo ready; exec sleep 1000`)
      await until('it has changed', async () => (await out('logs', 'grows')) === 'ready')
      expect((await cli('exec', '-u', 'app', 'grows', 'id')).code).not.toBe(0)
      await cli('restart', '-t', '0', 'grows')
      await out('rm', '-f', 'grows')
    }
    expect(memory() - before).toBeLessThan(200_000)
    expect(await out('run', '--rm', 'busybox', 'echo', 'well')).toBe('well')
  })

  test('CVE-2022-4318: a newline in user, HOME or host name becomes a line of no file', async () => {
    const forged = 'x\nevil:x:0:0::/:/bin/sh'
    const told = await cli('run', '--rm', '-e', `HOME=${forged}`, '-u', '1234', 'busybox', 'cat', '/etc/passwd')
    expect(told.stdout).not.toContain('evil')
    expect((await cli('run', '--rm', '-u', forged, 'busybox', 'id')).code).not.toBe(0)
    expect((await cli('run', '--rm', '-h', 'x\n1.2.3.4 evil', 'busybox', 'true')).code).not.toBe(0)
    const hosts = {
      Image: 'busybox',
      Cmd: ['cat', '/etc/hosts'],
      HostConfig: { ExtraHosts: ['a:1.2.3.4\n6.6.6.6 evil'] },
    }
    expect((await daemon.api('POST', '/v1.44/containers/create', hosts)).status).toBe(400)
  })
})

describe('environment', () => {
  test('CVE-2020-14370, CVE-2021-21334: containers made at the same time have each its own', async () => {
    const seen = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        out('run', '--rm', '-e', `MINE${index}=${index}`, 'busybox', 'sh', '-c', 'env | grep MINE'),
      ),
    )
    expect(seen).toEqual(Array.from({ length: 8 }, (_, index) => `MINE${index}=${index}`))
  })

  test('CVE-2021-3602, CVE-2026-57231: nothing of the daemon’s environment is in a container or an exec, asked for by name or by *', async () => {
    const asked = { Image: 'busybox', Cmd: ['env'], Env: ['*', 'BERTH_TEST_SECRET', 'A=1'] }
    const { Id } = (await (await daemon.api('POST', '/v1.44/containers/create', asked)).json()) as { Id: string }
    const told = await out('start', '-a', Id)
    expect(told).toContain('A=1')
    expect(told).not.toContain(MARK)
    await hostileImage(daemon, 'envs', 'true', ['ENV A=1'])
    await out('run', '-d', '--name', 'envd', 'envs', 'sleep', '1000')
    expect(await out('exec', 'envd', 'sh', '-c', 'env; cat /proc/1/environ')).not.toContain(MARK)
    await out('rm', '-f', 'envd', Id)
  })
})

test('CVE-2021-21284: no user of the host but root writes, or enters, the engine’s directories', () => {
  for (const directory of [daemon.instance.dataRoot, daemon.instance.execRoot]) {
    expect(statSync(directory).uid).toBe(0)
    expect(statSync(directory).mode & 0o027).toBe(0)
  }
})
