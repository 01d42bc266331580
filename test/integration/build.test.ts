import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import type { Result } from '../kit/run.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let scratch: string
beforeAll(async () => {
  daemon = await testDaemon()
  scratch = mkdtempSync(join(tmpdir(), 'berth-build-'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true })
})

let count = 0
type Files = Record<string, string>

/** A directory with a Dockerfile and other files. */
function context(dockerfile: string, files: Files = {}): string {
  const directory = join(scratch, `context-${count++}`)
  for (const [name, text] of Object.entries({ Dockerfile: dockerfile, ...files })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  return directory
}

const docker = (...args: string[]): Promise<Result> => daemon.docker(args)
const out = (...args: string[]): Promise<string> => clientOf(daemon, 'docker').out(...args)

/** Builds, and returns what was told. */
async function build(dockerfile: string, files: Files = {}, ...flags: string[]): Promise<string> {
  return await out('build', '-t', 'made', ...flags, context(dockerfile, files))
}
/** What a command says in a container of the image that was built last. */
const inside = (command: string): Promise<string> =>
  out('run', '--rm', '--entrypoint', 'sh', 'made', '-c', `${command}; true`)
const configOf = async () => JSON.parse(await out('image', 'inspect', 'made'))[0].Config

describe('a Dockerfile', () => {
  test('is told of step by step as by the classic builder, and its image is tagged', async () => {
    const told = await build('FROM busybox\nENV A=1\nRUN echo out; echo err >&2; touch /made\nCMD ["cat", "/made"]\n')
    expect(told).toMatch(
      /^Sending build context[^\n]*\nStep 1\/4 : FROM busybox\n ---> [0-9a-f]{12}\nStep 2\/4 : ENV A=1\n ---> [0-9a-f]{12}\nStep 3\/4 : RUN echo out; echo err >&2; touch \/made\n ---> Running in [0-9a-f]{12}\n/,
    )
    expect(told).toContain('\nout\n')
    const [, id] = /Successfully built ([0-9a-f]{12})\nSuccessfully tagged made:latest$/.exec(told) ?? []
    expect(await out('images', '-q', 'made')).toBe(id!)
    expect(await inside('ls /made; echo $A')).toBe('/made\n1')
  })

  test('gives the image its config', async () => {
    await build(
      `FROM busybox
ARG V=2
ENV A=a B="b \${V}" C=\${A}x
ENV D=\${A}x
LABEL one=1 "two words"="2"
WORKDIR /work
WORKDIR sub
USER 1000:1000
EXPOSE 80 53/udp
VOLUME ["/data"]
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --retries=2 CMD true
SHELL ["/bin/sh", "-ec"]
ENTRYPOINT ["/bin/echo"]
CMD say this
ONBUILD RUN true
MAINTAINER me
`,
    )
    expect(await configOf()).toMatchObject({
      User: '1000:1000',
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=a', 'B=b 2', 'C=x', 'D=ax'],
      Labels: { one: '1', 'two words': '2' },
      WorkingDir: '/work/sub',
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Volumes: { '/data': {} },
      StopSignal: 'SIGINT',
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5e9, Retries: 2 },
      Shell: ['/bin/sh', '-ec'],
      Entrypoint: ['/bin/echo'],
      Cmd: ['/bin/sh', '-ec', 'say this'],
      OnBuild: ['RUN true'],
    })
    expect(JSON.parse(await out('image', 'inspect', 'made'))[0].Author).toBe('me')
  })

  test('copies and adds files, directories, links and archives', async () => {
    const files = { 'a/one': '1', 'a/b/two': '2', 'c.txt': 'c', 'd.txt': 'd' }
    await build(
      `FROM busybox
COPY a /a
COPY --chown=7:8 --chmod=600 c.txt /owned/
COPY *.txt /many/
ADD c.txt /renamed
COPY <<EOF /inline
hello $PATH
EOF
`,
      files,
    )
    expect(await inside('find /a /many | sort; stat -c "%u %g %a" /owned/c.txt; cat /renamed; cat /inline')).toBe(
      '/a\n/a/b\n/a/b/two\n/a/one\n/many\n/many/c.txt\n/many/d.txt\n7 8 600\nchello /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    )
  })

  test('takes only the stages that its target needs, and copies between stages', async () => {
    const dockerfile = `FROM busybox AS broken
RUN exit 1
FROM busybox AS first
RUN echo made >/f
FROM scratch AS last
COPY --from=first /f /g
COPY --from=busybox /bin /bin
FROM broken
`
    const told = await build(dockerfile, {}, '--target', 'last')
    expect(told).not.toContain('broken')
    expect(await inside('cat /g')).toBe('made')
  })

  test('runs the triggers of its base image', async () => {
    await build('FROM busybox\nONBUILD RUN echo t >/triggered\nONBUILD COPY f /f\n', { f: '' })
    await out('tag', 'made', 'base')
    expect(await build('FROM base\nRUN cat /triggered\n', { f: 'own' })).toContain('# Executing 2 build triggers\n')
    expect(await inside('cat /triggered /f')).toBe('t\nown')
    expect((await configOf()).OnBuild ?? null).toBeNull()
  })

  test('is given arguments, and those that nothing asks for are named', async () => {
    const told = await build(
      'ARG BASE\nFROM $BASE\nARG A=default\nRUN echo $A >/a\n',
      {},
      ...['--build-arg', 'BASE=busybox', '--build-arg', 'A=given', '--build-arg', 'Z=1'],
    )
    expect(told).toContain('[Warning] One or more build-args [Z] were not consumed')
    expect(await inside('cat /a; env | grep -c ^A=')).toBe('given\n0')
  })
})

describe('the cache', () => {
  const dockerfile = 'FROM busybox\nCOPY f /f\nRUN date +%N >/when; cat /f\nCOPY g /g\n'

  test('takes every step whose content is the same, whatever the times of the files', async () => {
    await build(dockerfile, { f: 'f', g: '1' })
    const first = await out('images', '-q', 'made')
    expect((await build(dockerfile, { f: 'f', g: '1' })).match(/Using cache/g)).toHaveLength(3)
    expect(await out('images', '-q', 'made')).toBe(first)
    expect((await build(dockerfile, { f: 'f', g: '2' })).match(/Using cache/g)).toHaveLength(2)
    expect((await build(dockerfile, { f: 'F', g: '2' })).match(/Using cache/g)).toBeNull()
  })

  test('says of a step why it runs, where that is asked for', async () => {
    const told = async (f: string, query: string) => {
      const tar = Bun.spawn(['tar', '-C', context(dockerfile, { f, g: '1' }), '-c', '.'], { stdout: 'pipe' })
      const body = await new Response(tar.stdout).arrayBuffer()
      const options = { method: 'POST', body, unix: daemon.socket, headers: { 'Content-Type': 'application/x-tar' } }
      return await (await fetch(`http://x/v1.44/build?explain=1${query}`, options as RequestInit)).text()
    }
    await told('first', '')
    const again = await told('second', '')
    expect(again).toContain('Runs because the files that are read changed')
    expect(again).toContain('Runs because the layers below changed')
    expect(await told('second', '')).not.toContain('because')
    expect(await told('second', '&nocache=1')).toContain('Runs because the cache is not to be used')
  })

  test('is left alone with --no-cache', async () => {
    await build(dockerfile, { f: 'f', g: '1' })
    expect(await build(dockerfile, { f: 'f', g: '1' }, '--no-cache')).not.toContain('Using cache')
  })

  test('outlives the daemon, killed as it may be', async () => {
    await build(dockerfile, { f: 'k', g: '1' })
    await daemon.kill()
    await daemon.start()
    expect((await build(dockerfile, { f: 'k', g: '1' })).match(/Using cache/g)).toHaveLength(3)
  })

  test('keeps its layers when the image goes', async () => {
    await build(dockerfile, { f: 'r', g: '1' })
    await out('rmi', 'made')
    expect((await build(dockerfile, { f: 'r', g: '1' })).match(/Using cache/g)).toHaveLength(3)
    expect(await inside('cat /f /g')).toBe('r1')
  })
})

test('two builds of the same steps at once do them once', async () => {
  const directory = context('FROM busybox\nRUN sleep 1; cat /proc/sys/kernel/random/uuid >/uuid\n')
  const [one, other] = await Promise.all([out('build', '-q', directory), out('build', '-q', directory)])
  expect(one).toBe(other)
})

describe('builder prune', () => {
  const dockerfile =
    'FROM busybox\nRUN --mount=type=cache,target=/c,id=pruned echo x >/c/x; echo 1 >/1\nRUN echo 2 >/2\n'
  type Cached = { ID: string; Type: string; Description: string; Shared: boolean }
  const listed = async () => {
    const answer = await daemon.api('GET', '/v1.44/system/df?type=build-cache')
    return ((await answer.json()) as { BuildCache: Cached[] }).BuildCache
  }
  const prune = async (query: string) => {
    const answer = await daemon.api('POST', `/v1.44/build/prune?${query}`)
    return (await answer.json()) as { CachesDeleted: string[]; SpaceReclaimed: number }
  }

  test('spares what an image shares, unless all is asked for', async () => {
    await build(dockerfile, {})
    const steps = (await listed()).filter(({ Description }) => /echo [12] >/.test(Description))
    expect(steps.map(({ Shared }) => Shared)).toEqual([true, true])
    await prune('')
    const left = (await listed()).map(({ ID }) => ID)
    for (const { ID } of steps) expect(left).toContain(ID)
    expect((await prune('all=1')).CachesDeleted).toEqual(expect.arrayContaining(steps.map(({ ID }) => ID)))
    expect(await listed()).toEqual([])
    expect(await inside('cat /1 /2')).toBe('1\n2')
    expect(await build(dockerfile, {})).not.toContain('Using cache')
  })

  test('by age, by type, by size, and only for show', async () => {
    await build(dockerfile, {})
    expect((await prune('all=1&filters={"until":["24h"]}')).CachesDeleted).toEqual([])
    const { CachesDeleted, SpaceReclaimed } = await prune('all=1&dry-run=1&filters={"type":["exec.cachemount"]}')
    expect(CachesDeleted).toEqual([expect.stringMatching(/^mount/)])
    expect(SpaceReclaimed).toBeGreaterThan(0)
    expect((await prune('all=1&keep-storage=1000000000')).CachesDeleted).toEqual([])
    await out('rmi', '-f', 'made')
    expect((await prune('')).CachesDeleted.length).toBeGreaterThanOrEqual(3)
    expect(await listed()).toEqual([])
  })

  test('a filter that is none is refused by name', async () => {
    const answer = await daemon.api('POST', '/v1.44/build/prune?filters={"colour":["red"]}')
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain("invalid filter 'colour'")
  })
})

test('nothing of builds stays once their images and the cache are gone, also of one that failed', async () => {
  const stages = 'FROM busybox AS one\nRUN echo 1 >/leak\nFROM busybox\nCOPY --from=one /leak /\nCOPY f /\n'
  await build(stages, { f: 'leak' })
  expect((await docker('build', context(`${stages}RUN echo half >/half; exit 1\n`, { f: 'leak' }))).code).toBe(1)
  const images = (await out('images', '-aq')).split('\n')
  const [busybox] = (await out('images', '-q', 'busybox')).split('\n')
  for (const id of new Set(images)) if (id !== busybox) await docker('rmi', '-f', id)
  await out('builder', 'prune', '-af')
  const { dataRoot } = daemon.instance
  const left = () =>
    ['layers', 'build/steps', 'build/contexts', 'build/cache-mounts'].map(
      name => readdirSync(join(dataRoot, name)).length,
    )
  await until('only the layer of busybox is there', () => String(left()) === '1,0,0,0')
})

test('the same input gives the same digest, also when everything is built anew', async () => {
  const dockerfile = 'FROM busybox\nRUN mkdir -p /d/e && touch /d/f && ln -s f /d/l\nWORKDIR /w\nCOPY f .\n'
  await build(dockerfile, { f: 'f' })
  const first = await out('images', '-q', '--no-trunc', 'made')
  await Bun.sleep(1100) // The clock goes on: no time of it may be in a layer.
  await build(dockerfile, { f: 'f' }, '--no-cache')
  expect(await out('images', '-q', '--no-trunc', 'made')).toBe(first)
})

describe('a mistake', () => {
  test('a program that fails: its output, and its exit code as that of the client', async () => {
    const result = await docker('build', context('FROM busybox\nRUN echo before; exit 7\n'))
    expect(result.code).toBe(7)
    expect(result.stdout).toContain('before\n')
    expect(result.stderr).toContain("The command '/bin/sh -c echo before; exit 7' returned a non-zero code: 7")
  })

  test.each([
    ['FROM busybox\nFOO bar\n', 'line 2: unknown instruction: FOO'],
    ['FROM busybox\nCOPY nope /\n', 'nope'],
    ['FROM busybox\nCOPY --exclude=[ . /\n', '--exclude: '],
    ['FROM busybox\nCOPY --from=5 /a /\n', 'invalid stage index 5'],
    ['FROM nowhere.invalid/x\n', 'nowhere.invalid/x'],
    ['RUN true\n', 'no build stage in current context'],
    ['', 'file with no instructions'],
    ['# syntax=evil/frontend\nFROM busybox\n', 'the frontend evil/frontend is not one'],
    ['FROM --platform=linux/riscv64 busybox\nRUN true\n', 'busybox:latest'],
    [`FROM busybox\n${'RUN true\n'.repeat(125)}`, 'max depth exceeded'],
  ])('%p is refused by name', async (dockerfile, complaint) => {
    const result = await docker('build', context(dockerfile))
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(complaint)
  })

  test('a quiet build says nothing but the id, and everything if it fails', async () => {
    const good = await docker('build', '-q', context('FROM busybox\nRUN echo noise\n'))
    expect(good.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/)
    const bad = await docker('build', '-q', context('FROM busybox\nRUN echo noise; exit 3\n'))
    expect(bad.code).toBe(3)
    expect(bad.stderr).toContain('noise\n')
  })

  test('a source that is missing is told before the steps above it have ended, and so is a stage that fails beside', async () => {
    const slow = 'FROM busybox\nRUN sleep 1000\nCOPY nope /\n'
    const missing = await docker('build', context(slow))
    expect(missing.stderr).toContain('"/nope": not found')
    expect(missing.stdout).toContain('Step 3/3 : COPY nope /\n')
    const beside = 'FROM busybox AS bad\nRUN exit 4\nFROM busybox\nRUN sleep 1001\nCOPY --from=bad /x /\n'
    expect((await docker('build', context(beside))).code).toBe(4)
  })

  test('a target that is no stage, and a Dockerfile that is not there', async () => {
    const directory = context('FROM busybox\n')
    expect((await docker('build', '--target', 'no', directory)).stderr).toContain(
      'target stage "no" could not be found',
    )
    const tar = Bun.spawn(['tar', '-C', directory, '-c', '.'], { stdout: 'pipe' })
    const answer = await fetch('http://x/v1.44/build?dockerfile=no', {
      method: 'POST',
      body: await new Response(tar.stdout).arrayBuffer(),
      unix: daemon.socket,
    } as RequestInit)
    expect(answer.status).toBe(400)
  })
})

test('an image for another platform is built where nothing of it has to run', async () => {
  const dockerfile = `FROM --platform=$BUILDPLATFORM busybox AS build
ARG TARGETARCH
RUN echo "for $TARGETARCH" >/made
FROM scratch
COPY --from=build /made /
`
  await build(dockerfile, {}, '--platform', 'linux/riscv64')
  expect(await out('image', 'inspect', '-f', '{{.Os}}/{{.Architecture}}', 'made')).toBe('linux/riscv64')
  const running = context(`FROM scratch\nCOPY Dockerfile /\nRUN ["/x"]\n`)
  const result = await docker('build', '--platform', 'linux/riscv64', running)
  expect(result.stderr).toContain('no support for platform linux/riscv64 on this machine')
})

test('a step is confined as a container is', async () => {
  const told = await build('FROM busybox\nRUN grep -E "^(CapEff|Seccomp|NoNewPrivs):" /proc/self/status; ip addr\n')
  const plain = await out('run', '--rm', 'busybox', 'grep', '-E', '^(CapEff|Seccomp|NoNewPrivs):', '/proc/self/status')
  expect(told).toContain(plain)
})

test('nothing of what is mounted into a step is in its layer', async () => {
  await build('FROM scratch\nCOPY --from=busybox /bin /bin\nRUN ["/bin/touch", "/made"]\n')
  const listed = await out('history', '--format', '{{.Size}}', 'made')
  expect(listed).toContain('0B')
  await out('create', '--name', 'look', 'made', 'x')
  expect((await docker('export', '-o', join(scratch, 'look.tar'), 'look')).code).toBe(0)
  await out('rm', 'look')
})
