import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { archiveOf, hostTarget, lives, type Member, send, type Target, UNTOUCHED } from '../kit/hostile.ts'
import { run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let target: Target
beforeAll(async () => {
  daemon = await testDaemon({ env: { HOST_SECRET: 'of-the-host' } })
  target = hostTarget()
})
afterEach(async () => {
  expect(target.look()).toEqual(UNTOUCHED)
  expect(existsSync(target.marker)).toBe(false)
  expect(await lives(daemon)).toBe(true)
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  target[Symbol.dispose]()
})

const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const UP = '../'.repeat(20)

/** POST /build of a tar of these members. */
async function build(dockerfile: string, members: Member[] = [], query = ''): Promise<string> {
  const archive = archiveOf(...members, { name: 'Dockerfile', content: dockerfile })
  return (await send(daemon, 'POST', `/build?t=made${query}`, archive)).text
}
const inside = (command: string): Promise<string> => out('run', '--rm', 'made', 'sh', '-c', `${command}; true`)

describe('a context', () => {
  test('GHSA-g2h8-426c-7976: that leads out of its directory writes nothing outside', async () => {
    for (const hostile of [
      [{ name: `${UP}${target.path.slice(1)}/new`, content: 'x' }],
      [{ name: join(target.path, 'new'), content: 'x' }],
      [
        { name: 'out', type: 'symlink', linkName: target.path },
        { name: 'out/new', content: 'x' },
      ],
      [
        { name: 'hard', type: 'link', linkName: target.secret },
        { name: 'hard', content: 'x' },
      ],
    ] as Member[][])
      await build('FROM busybox\n', hostile)
  })

  test('CVE-2014-9356, CVE-2020-10696, CVE-2026-44517: links in it are followed within it', async () => {
    const members: Member[] = [
      { name: 'link', type: 'symlink', linkName: target.secret },
      { name: 'directory', type: 'symlink', linkName: target.path },
      { name: 'up', type: 'symlink', linkName: `${UP}${target.path.slice(1)}` },
    ]
    for (const source of ['link', 'directory/secret', 'directory', 'up/secret', `${UP}${target.secret.slice(1)}`]) {
      const told = await build(`FROM busybox\nCOPY ${source} /got\n`, members)
      expect(told).toContain('not found')
      expect(told).not.toContain('of the host')
    }
  })

  test('CVE-2022-4122, CVE-2022-4123: a Dockerfile and a .dockerignore that are links tell nothing of the host', async () => {
    const archive = archiveOf(
      { name: 'Dockerfile', type: 'symlink', linkName: target.secret },
      { name: '.dockerignore', type: 'symlink', linkName: target.secret },
    )
    const { text, status } = await send(daemon, 'POST', '/build', archive)
    expect(status).toBe(400)
    expect(text).toContain('failed to read dockerfile')
    expect(text).not.toContain('of the host')
  })

  test('with devices is refused, and a FIFO as Dockerfile does not stop the daemon', async () => {
    expect(await build('FROM busybox\n', [{ name: 'disk', type: 'block', deviceMajor: 254 }])).toContain(
      'a device: disk',
    )
    const fifo = archiveOf({ name: 'Dockerfile', type: 'fifo' })
    expect((await send(daemon, 'POST', '/build', fifo)).status).toBe(400)
  })
})

describe('COPY and ADD', () => {
  test('CVE-2014-9356: links in the image that lead out are followed within the image', async () => {
    const told = await build(
      `FROM busybox\nRUN ln -s ${UP}${target.path.slice(1)} /up && ln -s ${target.path} /abs && mkdir -p ${target.path}\nCOPY f /up/\nCOPY f /abs/g\nWORKDIR /abs/new\n`,
      [{ name: 'f', content: 'x' }],
    )
    expect(told).toContain('Successfully built')
    expect(await inside(`ls ${target.path}`)).toBe('f\ng\nnew')
  })

  test('CVE-2020-10696: an archive that is unpacked stays where it was to go', async () => {
    const archive = archiveOf(
      { name: 'out', type: 'symlink', linkName: target.path },
      { name: 'out/new', content: 'x' },
      { name: `${UP}${target.path.slice(1)}/new`, content: 'x' },
    )
    await build('FROM busybox\nADD a.tar /\n', [{ name: 'a.tar', content: archive }])
    await build('FROM scratch\nADD a.tar /d/\n', [{ name: 'a.tar', content: archive }])
  })

  test('of an archive that unpacks to more than there is place for', async () => {
    const bomb = Bun.gzipSync(new Uint8Array(64 * 1024 * 1024))
    const told = await build('FROM busybox\nADD bomb.gz /d/\n', [{ name: 'bomb.gz', content: bomb }])
    expect(told).toContain('Successfully built')
    expect(await inside('ls /d')).toBe('bomb.gz')
  })
})

describe('RUN', () => {
  test('CVE-2024-1753: a bind mount whose source is a link to the root of the host', async () => {
    const dockerfile = `FROM busybox AS evil
RUN ln -s / /root-link && ln -s ${UP} /up
FROM busybox
RUN --mount=type=bind,from=evil,source=/root-link,target=/m,rw cat /m${target.secret} || echo nothing; touch /m${target.marker} || true
RUN --mount=type=bind,from=evil,source=/up,target=/m cat /m${target.secret} || echo nothing
RUN --mount=type=bind,source=${UP},target=/m cat /m${target.secret} || echo nothing
`
    const told = await build(dockerfile)
    expect(told.match(/"nothing\\n"/g)).toHaveLength(3)
    expect(told).not.toContain('of the host')
  })

  test('CVE-2024-9675, CVE-2024-23651, CVE-2024-11218: the id, target and source of a cache mount are no paths of the host', async () => {
    const told = await build(`FROM busybox
RUN --mount=type=cache,id=${UP}${target.path.slice(1)},target=/c touch /c/new; ls /c
RUN --mount=type=cache,id=l,target=/c ln -s ${target.path} /c/link; ln -s ${UP}${target.path.slice(1)} /c/up
RUN --mount=type=cache,id=l,source=link,target=/c touch /c/new
`)
    expect(told).toContain('invalid mount: link: not found')
    expect(await build(`FROM busybox\nRUN --mount=type=cache,id=l,source=../..,target=/c ls -a /c\n`)).toContain('link')
  })

  test('CVE-2024-23652: what a step puts in the place of its mount points is all that goes', async () => {
    const told = await build(
      `FROM busybox\nRUN --mount=type=cache,target=/mnt/deep/cache --mount=type=tmpfs,target=/mnt/t umount /mnt/deep/cache 2>/dev/null; mv /mnt/deep /mnt/moved 2>/dev/null; ln -s ${target.path} /mnt/deep 2>/dev/null; true\n`,
    )
    expect(told).toContain('Successfully built')
  })

  test.each([
    ['RUN --security=insecure true', 'security.insecure is not allowed'],
    ['RUN --network=host true', 'network.host is not allowed'],
    ['RUN --device=vendor/device true', 'device'],
  ])('CVE-2024-23653: %s is refused', async (line, complaint) => {
    expect(await build(`FROM busybox\n${line}\n`)).toContain(complaint)
  })

  test('a word that cannot be expanded is told with its line', async () => {
    expect(await build(`FROM busybox\nENV A=1\nRUN --mount=type=cache,target=\${NONE:?is missing} true\n`)).toContain(
      'line 3',
    )
    expect(await build(`FROM busybox\nENV A=\${NONE:?is missing}\n`)).toContain('line 2')
  })

  test('CVE-2024-9407: mount options that are none are refused by name', async () => {
    expect(await build('FROM busybox\nRUN --mount=type=bind,target=/m,propagation=shared,dev true\n')).toContain(
      'propagation',
    )
  })

  test('CVE-2021-3602: nothing of the environment of the host', async () => {
    const told = await build('FROM busybox\nRUN env\n')
    expect(told).toContain('PATH=')
    expect(told).not.toContain('of-the-host')
  })

  test('is given no descriptor and no mount of the host', async () => {
    const told = await build('FROM busybox\nRUN ls /proc/self/fd; cat /proc/self/mountinfo\n')
    expect(told).not.toContain(daemon.instance.dataRoot)
    expect(told).not.toContain('docker.sock')
  })

  test('within the limits that the build was asked for', async () => {
    const told = await build(
      'FROM busybox\nRUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; ulimit -n\n',
      [],
      `&memory=67108864&ulimits=${encodeURIComponent('[{"Name":"nofile","Soft":77,"Hard":77}]')}`,
    )
    expect(told).toContain('67108864')
    expect(told).toContain('77')
  })
})

describe('the cache', () => {
  test('CVE-2024-24557: an image that imitates parent and command does not stand in for a step', async () => {
    const forged = { created_by: 'RUN /bin/sh -c echo real >/f # buildkit', comment: 'buildkit.dockerfile.v0' }
    await out('run', '--name', 'forger', 'busybox', 'sh', '-c', 'echo forged >/f')
    await out('commit', '-c', `LABEL x=${JSON.stringify(forged)}`, 'forger', 'forged')
    await out('rm', 'forger')
    await build('FROM busybox\nRUN echo real >/f\n', [], `&cachefrom=${encodeURIComponent('["forged"]')}`)
    expect(await inside('cat /f')).toBe('real')
  })

  test('of a secret argument: another value is another step', async () => {
    const file = 'FROM busybox\nARG V\nRUN echo $V >/v\n'
    await build(file, [], `&buildargs=${encodeURIComponent('{"V":"1"}')}`)
    await build(file, [], `&buildargs=${encodeURIComponent('{"V":"2"}')}`)
    expect(await inside('cat /v')).toBe('2')
  })
})

describe('CVE-2023-26054, CVE-2025-0495: credentials in a URL', () => {
  test('are in no message, no history and no record of the cache', async () => {
    const server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: ({ headers }) => new Response('content', { status: headers.get('authorization') ? 200 : 401 }),
    })
    try {
      const url = `http://user:hunter2@127.0.0.1:${server.port}/f`
      const told = await build(`FROM busybox\nADD ${url} /f\n`)
      expect(told).toContain('Successfully built')
      expect(await inside('cat /f')).toBe('content')
      const kept = `${await out('history', '--no-trunc', 'made')}${await (await daemon.api('GET', '/v1.44/system/df')).text()}${daemon.log()}`
      expect(kept).not.toContain('hunter2')
    } finally {
      server.stop(true)
    }
  })
})

describe('TestBuildCancellationKillsSleep', () => {
  const sleeping = async (name: string) => (await run(['pgrep', '-f', `sleep ${name}`])).stdout !== ''
  const start = (seconds: string) => {
    const directory = mkdtempSync(join(tmpdir(), 'berth-cancel-'))
    writeFileSync(join(directory, 'Dockerfile'), `FROM busybox\nRUN sleep ${seconds}\n`)
    const child = Bun.spawn(['docker', '-H', daemon.host, 'build', directory], {
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
      stdout: 'ignore',
      stderr: 'ignore',
    })
    return { child, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
  }

  test('a client that goes takes its steps along', async () => {
    using build = start('98761')
    await until('the step runs', () => sleeping('98761'))
    build.child.kill('SIGKILL')
    await until('the step has ended', async () => !(await sleeping('98761')))
  })

  test('a daemon that is killed takes its steps along, and leaves nothing of them', async () => {
    using build = start('98762')
    await until('the step runs', () => sleeping('98762'))
    await daemon.kill()
    await until('the step has ended', async () => !(await sleeping('98762')))
    await build.child.exited
    await daemon.start()
    expect(await build_(['busybox'])).toContain('Successfully built')
  })
  const build_ = ([image]: string[]) => build(`FROM ${image}\nRUN true\n`)
})
