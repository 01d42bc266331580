import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { testRegistry } from '../kit/registry.ts'
import { type Result, type RunOptions, run } from '../kit/run.ts'

/** The stock plugins are no packages of every Debian: where they are missing, our own client speaks the same protocol. */
const hasPlugin = async (name: string): Promise<boolean> => (await run(['docker', name, 'version'])).code === 0
const hasBuildx = await hasPlugin('buildx')
const hasCompose = await hasPlugin('compose')
const CLIENTS = hasBuildx ? (['docker', 'berth'] as const) : (['berth'] as const)
type ClientName = (typeof CLIENTS)[number]

let daemon: TestDaemon
let scratch: string
beforeAll(async () => {
  daemon = await testDaemon()
  scratch = mkdtempSync(join(tmpdir(), 'berth-buildx-'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true })
})

let count = 0
type Files = Record<string, string>
function context(files: Files): string {
  const directory = join(scratch, `context-${count++}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  return directory
}

const cli = (client: ClientName, args: string[], options: RunOptions = {}): Promise<Result> =>
  daemon[client](args, { ...options, env: { DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain', ...options.env } })

/** Insists on success; what was told of the build. */
async function build(client: ClientName, args: string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await cli(client, ['build', ...args], options)
  if (code !== 0) throw new Error(`${client} build ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`)
  return stdout + stderr
}
const out = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await daemon.docker(args)
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}
const inside = (image: string, command: string): Promise<string> =>
  out('run', '--rm', '--entrypoint', 'sh', image, '-c', command)
const place = (name: string): string => join(scratch, `${name}-${count++}`)

describe.each([...CLIENTS])('%s', client => {
  const tag = `made-${client}`

  test('builds an image with arguments, labels, a target and a Dockerfile of another name', async () => {
    const directory = context({
      'sub/Prod.dockerfile':
        'FROM busybox AS base\nARG V=1\nENV VALUE=$V\nCOPY . /c\nFROM base AS other\nRUN exit 1\nFROM base AS last\nRUN exit 1\n',
      'a.txt': 'content',
    })
    const flags = ['-f', join(directory, 'sub/Prod.dockerfile'), '--target', 'base', '--label', 'l=v']
    const told = await build(client, ['-t', tag, '--build-arg', 'V=2', ...flags, directory])
    expect(told).toContain('exporting to image')
    expect(await inside(tag, 'cat /c/a.txt; echo $VALUE')).toBe('content2')
    expect(await out('inspect', '--format', '{{.Config.Labels.l}}', tag)).toBe('v')
  })

  test('sends only what is not left out, and what has changed since', async () => {
    const directory = context({
      Dockerfile: 'FROM busybox\nCOPY . /c\n',
      '.dockerignore': 'secret\n*.log\n!keep.log\n',
      secret: 'x',
      'a.log': 'x',
      'keep.log': 'kept',
      large: 'x'.repeat(2_000_000),
      small: '1',
    })
    symlinkSync('small', join(directory, 'link'))
    await build(client, ['-t', tag, directory])
    expect(await inside(tag, 'cd /c; ls; readlink link')).toBe('Dockerfile\nkeep.log\nlarge\nlink\nsmall\nsmall')
    writeFileSync(join(directory, 'small'), '22')
    utimesSync(join(directory, 'small'), 1, 1)
    const told = await build(client, ['-t', tag, directory])
    expect(await inside(tag, 'cat /c/small; wc -c < /c/large')).toBe('222000000')
    const sizes = [...told.matchAll(/transferring context: ([\d.]+)(k?B|MB)/g)].map(
      ([, size, unit]) => Number(size) * (unit === 'MB' ? 1e6 : unit === 'kB' ? 1e3 : 1),
    )
    expect(Math.max(...sizes)).toBeLessThan(100_000)
  })

  test('gives secrets to the steps that ask for them, and nothing keeps them', async () => {
    const directory = context({
      Dockerfile:
        'FROM busybox\nRUN --mount=type=secret,id=token cat /run/secrets/token | sha256sum > /sum\nRUN --mount=type=secret,id=other test ! -e /run/secrets/other\n',
    })
    const secret = 'hunter2-of-the-test'
    const told = await build(client, ['-t', tag, '--secret', 'id=token,env=TOKEN', directory], {
      env: { TOKEN: secret },
    })
    expect(await inside(tag, 'cut -c 1-64 /sum')).toBe(createHash('sha256').update(secret).digest('hex'))
    const kept = told + (await out('history', '--no-trunc', tag)) + (await out('inspect', tag)) + daemon.log()
    expect(kept).not.toContain(secret)
    expect(await inside(tag, 'ls -d /run/secrets 2>&1 || true')).toContain('No such file')
  })

  test('lets a step speak to an agent', async () => {
    const path = join(scratch, `agent-${count++}.sock`)
    const agent = createServer(socket => {
      socket.on('data', () => socket.write(Buffer.from([0, 0, 0, 5, 12, 0, 0, 0, 0])))
    })
    await new Promise<void>(resolve => agent.listen(path, resolve))
    const directory = context({
      Dockerfile: 'FROM busybox\nRUN --mount=type=ssh test -S $SSH_AUTH_SOCK\nRUN test -z "$SSH_AUTH_SOCK"\n',
    })
    await build(client, ['-t', tag, '--ssh', `default=${path}`, directory])
    agent.close()
    expect(await inside(tag, 'ls -d /run/buildkit 2>&1 || true')).toContain('No such file')
  })

  test('takes an archive and a lone Dockerfile from standard input', async () => {
    const directory = context({ Dockerfile: 'FROM busybox\nCOPY a /a\n', a: 'from the tar' })
    const tar = Bun.spawnSync(['tar', '-C', directory, '-c', '.']).stdout
    await build(client, ['-t', tag, '-'], { input: new Uint8Array(tar) })
    expect(await inside(tag, 'cat /a')).toBe('from the tar')
    await build(client, ['-t', tag, '-'], { input: 'FROM busybox\nRUN echo alone > /alone\n' })
    expect(await inside(tag, 'cat /alone')).toBe('alone')
    await build(client, ['-t', tag, '-f', '-', directory], { input: 'FROM busybox\nCOPY a /b\n' })
    expect(await inside(tag, 'cat /b')).toBe('from the tar')
  })

  test('takes named contexts: a directory, and an image in place of another', async () => {
    const directory = context({ Dockerfile: 'FROM nowhere/base\nCOPY --from=extra f /f\n' })
    const extra = context({ f: 'extra' })
    const contexts = ['--build-context', `extra=${extra}`, '--build-context', 'nowhere/base=docker-image://busybox']
    await build(client, ['-t', tag, ...contexts, directory])
    expect(await inside(tag, 'cat /f')).toBe('extra')
  })

  test('gives the files back into a directory, and as a tar', async () => {
    const directory = context({
      Dockerfile:
        'FROM busybox AS made\nRUN mkdir -p /d/e && echo hi > /d/e/f && chmod 751 /d/e && ln -s e/f /d/l && ln /d/e/f /d/g\nFROM scratch\nCOPY --from=made /d /\n',
    })
    const into = place('out')
    await build(client, ['-o', into, directory])
    expect(readdirSync(into).sort()).toEqual(['e', 'g', 'l'])
    expect(readFileSync(join(into, 'e/f'), 'utf8')).toBe('hi\n')
    expect(readlinkSync(join(into, 'l'))).toBe('e/f')
    expect(statSync(join(into, 'e')).mode & 0o777).toBe(0o751)
    const tar = place('out.tar')
    await build(client, ['-o', `type=tar,dest=${tar}`, directory])
    const listed = Bun.spawnSync(['tar', '-tf', tar]).stdout.toString().split('\n')
    expect(listed).toContain('e/f')
  })

  test('writes down what came of it', async () => {
    const directory = context({ Dockerfile: 'FROM busybox\nRUN echo 1 > /one\n' })
    const [id, metadata] = [place('id'), place('metadata')]
    await build(client, ['-t', tag, '--iidfile', id, '--metadata-file', metadata, directory])
    const image = await out('inspect', '--format', '{{.Id}}', tag)
    expect(readFileSync(id, 'utf8')).toBe(image)
    expect(JSON.parse(readFileSync(metadata, 'utf8'))).toMatchObject({
      'containerimage.config.digest': image,
      'image.name': `docker.io/library/${tag}`,
    })
    const quiet = await cli(client, ['build', '-q', directory])
    expect([quiet.code, quiet.stdout.trim(), quiet.stderr]).toEqual([0, image, ''])
  })

  test('a step that fails shows what it said, and the exit code is 1', async () => {
    const directory = context({ Dockerfile: 'FROM busybox\nRUN echo before; echo broken >&2; exit 7\n' })
    const { code, stderr } = await cli(client, ['build', directory])
    expect(code).toBe(1)
    expect(stderr).toMatch(/#\d+ [\d.]+ broken/)
    expect(stderr).toContain('did not complete successfully: exit code: 7')
  })

  test.each([
    ['a stage that is not there', 'FROM busybox\n', ['--target', 'nope'], 'target stage "nope" could not be found'],
    ['a word that is no instruction', 'FROM busybox\nFOO bar\n', [], 'unknown instruction: FOO'],
    ['a file that is not there', 'FROM busybox\nCOPY missing /\n', [], '"/missing": not found'],
    ['a frontend that is not ours', '# syntax=evil/frontend:1\nFROM busybox\n', [], 'evil/frontend'],
  ])('%s is refused with its reason', async (_, dockerfile, flags, words) => {
    const { code, stderr } = await cli(client, ['build', ...flags, context({ Dockerfile: dockerfile })])
    expect(code).toBe(1)
    expect(stderr).toContain(words)
  })

  test('a mistake is shown at its place in the Dockerfile', async () => {
    for (const wrong of ['RUN exit 3', 'COPY missing /', 'FOO bar']) {
      const { stderr } = await cli(client, ['build', context({ Dockerfile: `FROM busybox\n${wrong}\n` })])
      expect(stderr).toContain(`Dockerfile:2\n--------------------\n   1 |     FROM busybox\n   2 | >>> ${wrong}\n`)
    }
  })

  test('the syntax that is ours is taken, whatever its version', async () => {
    await build(client, [context({ Dockerfile: '# syntax=docker/dockerfile:1.7-labs\nFROM busybox\nRUN true\n' })])
  })

  test('a client that goes takes its build along', async () => {
    const directory = context({ Dockerfile: 'FROM busybox\nRUN echo started; sleep 7654\n' })
    const child = Bun.spawn(
      client === 'berth'
        ? [join(import.meta.dir, '../../dist/berth'), 'build', directory]
        : ['docker', 'build', directory],
      {
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'pipe',
        env: {
          ...process.env,
          DOCKER_HOST: daemon.host,
          BERTH_HOST: daemon.host,
          DOCKER_BUILDKIT: '1',
          BUILDKIT_PROGRESS: 'plain',
        },
      },
    )
    for await (const chunk of child.stderr) if (Buffer.from(chunk).includes(' started')) break
    child.kill('SIGKILL')
    await child.exited
    const { until } = await import('../kit/until.ts')
    await until('the step has ended', () => !Bun.spawnSync(['pgrep', '-f', 'sleep 7654']).stdout.toString().trim())
  })
})

test('our client exports archives that both Docker’s load and OCI’s tools take', async () => {
  const directory = context({ Dockerfile: 'FROM busybox\nRUN echo x > /x\nLABEL a=b\n' })
  const [docker, oci] = [place('docker.tar'), place('oci')]
  const outputs = ['-o', `type=docker,dest=${docker}`, '-o', `type=oci,dest=${oci},tar=false,compression=zstd`]
  await build('berth', ['-t', 'exported:1', ...outputs, '--annotation', 'k=v', directory])
  expect((await daemon.docker(['load', '-i', docker])).stdout).toContain('Loaded image: exported:1')
  expect(await inside('exported:1', 'cat /x')).toBe('x')
  const { code, stdout } = await run(['skopeo', 'inspect', '--raw', `oci:${oci}`])
  expect(code).toBe(0)
  const manifest = JSON.parse(stdout)
  expect(manifest.annotations).toEqual({ k: 'v' })
  expect(manifest.layers.at(-1).mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd')
  expect(existsSync(join(oci, 'oci-layout'))).toBeTrue()
})

test('the same input gives the same archive', async () => {
  const directory = context({ Dockerfile: 'FROM busybox\nCOPY a /a\nRUN echo x > /x\n', a: '1' })
  const archive = async () => {
    const path = place('same.tar')
    await build('berth', ['--no-cache', '-o', `type=oci,dest=${path}`, directory])
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  }
  expect(await archive()).toBe(await archive())
})

test('`--explain` says why a step runs again', async () => {
  const directory = context({ Dockerfile: 'FROM busybox\nCOPY a /a\nRUN cat /a\n', a: '1' })
  await build('berth', [directory])
  writeFileSync(join(directory, 'a'), '2')
  expect(await build('berth', ['--explain', directory])).toMatch(/#\d+ runs because /)
})

describe('an index', () => {
  const inspect = async (...args: string[]) => JSON.parse((await run(['skopeo', ...args])).stdout)

  test('holds the platforms of a build, each with its own layers', async () => {
    await using registry = await testRegistry()
    const name = `${registry.address}/multi:1`
    const directory = context({
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /arch\n',
      amd64: 'amd64',
      arm64: 'arm64',
    })
    const metadata = place('metadata')
    const flags = ['--platform', 'linux/amd64,linux/arm64', '--push', '-t', name, '--metadata-file', metadata]
    await build('berth', [...flags, directory])
    const index = await inspect('inspect', '--raw', '--tls-verify=false', `docker://${name}`)
    const platforms = index.manifests.map(
      ({ platform }: { platform: { architecture: string } }) => platform.architecture,
    )
    expect(platforms).toEqual(['amd64', 'arm64'])
    const digests = new Set(index.manifests.map(({ digest }: { digest: string }) => digest))
    expect(digests.size).toBe(2)
    const arm = ['--override-arch', 'arm64', 'inspect', '--tls-verify=false', `docker://${name}`]
    expect((await inspect(...arm)).Architecture).toBe('arm64')
    const { 'containerimage.digest': digest } = JSON.parse(readFileSync(metadata, 'utf8'))
    expect((await out('pull', '-q', `${name.replace(/:1$/, '')}@${digest}`)).length).toBeGreaterThan(0)
  })

  test('holds what is said of the image: how it came about', async () => {
    const directory = context({ Dockerfile: 'FROM busybox\nARG V\nRUN echo $V > /v\n' })
    const into = place('attested')
    const output = `type=oci,dest=${into},tar=false`
    await build('berth', [
      '-o',
      output,
      '-t',
      'shop:1',
      '--provenance',
      'mode=max,builder-id=ci',
      '--build-arg',
      'V=7',
      directory,
    ])
    const blob = (digest: string) => JSON.parse(readFileSync(join(into, 'blobs', digest.replace(':', '/')), 'utf8'))
    const [top] = JSON.parse(readFileSync(join(into, 'index.json'), 'utf8')).manifests
    const [image, said] = blob(top.digest).manifests
    expect(said).toMatchObject({
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': image.digest,
      },
    })
    const [layer] = blob(said.digest).layers
    expect(layer.annotations).toEqual({ 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' })
    expect(blob(layer.digest)).toMatchObject({
      _type: 'https://in-toto.io/Statement/v0.1',
      subject: [{ name: 'pkg:docker/shop@1?platform=linux%2Famd64', digest: { sha256: image.digest.slice(7) } }],
      predicate: {
        builder: { id: 'ci' },
        materials: [{ uri: 'pkg:docker/busybox@latest?platform=linux%2Famd64' }],
        invocation: { parameters: { args: { 'build-arg:V': '7' } } },
      },
    })
  })

  test.each([
    [['--platform', 'linux/amd64,linux/arm64'], 'does not fit into the image store'],
    [['--provenance', 'mode=min'], 'does not fit into the image store'],
    [['--sbom', 'true'], 'an attestation of type sbom'],
    [['--provenance', 'version=v1'], 'provenance of version v1'],
  ])('%j goes nowhere but there, and is refused', async (flags, words) => {
    const { code, stderr } = await cli('berth', [
      'build',
      ...flags,
      context({ Dockerfile: 'FROM scratch\nCOPY a /\n', a: '' }),
    ])
    expect([code, stderr]).toEqual([1, expect.stringContaining(words)])
  })
})

describe('checks', () => {
  const doubtful = 'FROM busybox as base\nCMD echo $HOME\nCOPY a.log $NOWHERE\n'

  test('are told beside a build', async () => {
    const directory = context({ Dockerfile: `${doubtful}`, 'a.log': 'x' })
    const told = await build(hasBuildx ? 'docker' : 'berth', [directory])
    expect(told).toContain("FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)")
    expect(told).toContain('JSONArgsRecommended: ')
    expect(told).toContain("UndefinedVar: Usage of undefined variable '$NOWHERE' (line 3)")
  })

  test('are shown by themselves with --check, and fail it', async () => {
    const directory = context({ Dockerfile: doubtful, '.dockerignore': '*.log\n' })
    const { code, stdout } = await cli('berth', ['build', '--check', directory])
    expect(code).toBe(1)
    expect(stdout).toContain('Check complete, 4 warnings have been found!')
    expect(stdout).toContain('WARNING: CopyIgnoredFile - https://docs.docker.com/go/dockerfile/rule/copy-ignored-file/')
    expect(stdout).toContain('Dockerfile:1\n--------------------\n   1 | >>> FROM busybox as base\n')
    const json = await cli('berth', ['build', '--call', 'check,format=json', directory])
    expect(JSON.parse(json.stdout).warnings.map(({ ruleName }: { ruleName: string }) => ruleName)).toContain(
      'UndefinedVar',
    )
  })

  test('are silent where there is nothing to tell, and fail a build that asks for it', async () => {
    const { code, stdout } = await cli('berth', ['build', '--check', context({ Dockerfile: 'FROM busybox\n' })])
    expect([code, stdout]).toEqual([0, 'Check complete, no warnings found.\n'])
    const strict = await cli('berth', [
      'build',
      context({ Dockerfile: `# check=error=true\n${doubtful}`, 'a.log': '' }),
    ])
    expect([strict.code, strict.stderr]).toEqual([
      1,
      expect.stringContaining('lint violation found for rules: FromAsCasing'),
    ])
  })
})

describe('a cache elsewhere', () => {
  const dockerfile =
    'FROM busybox AS tools\nRUN echo slow > /tool\nFROM busybox\nCOPY --from=tools /tool /tool\nCOPY a /a\nRUN echo made > /made\n'
  const files = { Dockerfile: dockerfile, a: 'content' }

  /** As on another machine: nothing of earlier builds is here. */
  async function forget(...images: string[]): Promise<void> {
    for (const image of images) await daemon.docker(['rmi', '-f', image])
    await daemon.berth(['builder', 'prune', '-af'])
  }
  const cachedIn = (told: string): number => told.match(/#\d+ CACHED/g)?.length ?? 0

  test('in a registry spares what another machine has built, with all stages', async () => {
    await using registry = await testRegistry()
    const directory = context(files)
    const ref = `${registry.address}/cache:shop`
    const first = await build('berth', ['-t', 'cached:1', '--cache-to', `type=registry,ref=${ref},mode=max`, directory])
    expect(first).toContain('exporting cache to registry')
    await forget('cached:1')
    const told = await build('berth', ['-t', 'cached:2', '--cache-from', ref, directory])
    expect(cachedIn(told)).toBe(4)
    expect(await inside('cached:2', 'cat /tool /a /made')).toBe('slow\ncontentmade')
  })

  test('goes with an image that carries its own, and the image is no other for it but in its config', async () => {
    await using registry = await testRegistry()
    const name = `${registry.address}/shop:1`
    const directory = context({ Dockerfile: 'FROM busybox\nRUN echo inline > /inline\n' })
    await build('berth', ['-t', name, '--push', '--cache-to', 'type=inline', directory])
    await forget(name)
    const flags = ['-t', 'cached:3', '--cache-from', name, directory]
    expect(cachedIn(await build(hasBuildx ? 'docker' : 'berth', flags))).toBe(1)
  })

  test('lies in a directory, as an OCI layout', async () => {
    const [directory, place1] = [context(files), place('cache')]
    await build('berth', ['--cache-to', `type=local,dest=${place1},mode=max`, directory])
    await forget()
    await daemon.docker(['image', 'prune', '-f'])
    const told = await build('berth', ['-t', 'cached:4', '--cache-from', `type=local,src=${place1}`, directory])
    expect(cachedIn(told)).toBe(4)
  })

  test('that is not there costs nothing, and one that cannot be written is refused before anything is built', async () => {
    const directory = context(files)
    await build('berth', ['--cache-from', '127.0.0.1:1/nothing:1', directory])
    const { code, stderr } = await cli('berth', ['build', '--cache-to', 'type=gha', directory])
    expect([code, stderr]).toEqual([1, expect.stringContaining('a cache output of type gha')])
  })
})

test('what builds there were is kept over a kill of the daemon, with their steps and output', async () => {
  const directory = context({ Dockerfile: 'FROM busybox\nRUN echo remembered\nRUN exit 5\n' })
  const id = place('ref')
  await cli('berth', ['build', '--metadata-file', id, directory])
  await daemon.kill()
  await daemon.start()
  const told = async (...args: string[]) => (await daemon.berth(['builder', 'history', ...args])).stdout
  const [newest] = (await told('ls', '--format', 'json')).split('\n').map(line => JSON.parse(line || '{}'))
  expect(newest).toMatchObject({ status: 'Error' })
  expect(await told('logs', newest.ref)).toMatch(/#\d+ [\d.]+ remembered\n/)
  const inspected = JSON.parse(await told('inspect', '--format', 'json', newest.ref))
  expect(inspected.steps.at(-1)).toMatchObject({ name: '[3/3] RUN exit 5' })
  await told('rm', newest.ref)
  expect(await told('ls', '--no-trunc')).not.toContain(newest.ref)
})

test.each([...CLIENTS])('%s pushes a build where its name says, once', async client => {
  await using registry = await testRegistry()
  const directory = context({ Dockerfile: 'FROM busybox\nRUN echo pushed > /pushed\n' })
  const name = `${registry.address}/team/app:1`
  const metadata = place('metadata')
  const told = await build(client, ['-t', name, '--push', '--metadata-file', metadata, directory])
  expect(told.match(/^#\d+ pushing 127[^\n]*1$/gm)?.length ?? 0).toBeLessThanOrEqual(1)
  const inspected = await run(['skopeo', 'inspect', '--tls-verify=false', `docker://${name}`])
  const { Digest: digest } = JSON.parse(inspected.stdout)
  if (client === 'berth') expect(JSON.parse(readFileSync(metadata, 'utf8'))['containerimage.digest']).toBe(digest)
})

test.skipIf(!hasBuildx)('buildx tells of the builder, of its cache, and prunes it', async () => {
  const { stdout } = await daemon.docker(['buildx', 'inspect'])
  expect(stdout).toMatch(/Driver: +docker\n.*Status: +running\n.*Platforms: +linux\//s)
  await build('docker', [context({ Dockerfile: 'FROM busybox\nRUN echo for the cache > /c\n' })])
  expect((await daemon.docker(['buildx', 'du', '--verbose'])).stdout).toContain('Description:\tRUN echo for the cache')
  const pruned = await daemon.docker(['buildx', 'prune', '-af'])
  expect(pruned.stdout).toMatch(/Total:\s/)
})

test.skipIf(!hasBuildx)('buildx bakes targets that build on each other', async () => {
  const directory = context({
    'docker-bake.json': JSON.stringify({
      group: { default: { targets: ['base', 'app'] } },
      target: {
        base: { dockerfile: 'Base', tags: ['baked-base'] },
        app: { dockerfile: 'App', tags: ['baked-app'], contexts: { base: 'target:base' } },
      },
    }),
    Base: 'FROM busybox\nRUN echo base > /base\n',
    App: 'FROM base\nRUN cat /base > /app\n',
  })
  const { code, stderr } = await daemon.docker(['buildx', 'bake', '--progress', 'plain'], { cwd: directory })
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  expect(await inside('baked-app', 'cat /app')).toBe('base')
})

test.skipIf(!hasCompose)('compose builds what its file says', async () => {
  const directory = context({
    'compose.yaml': 'name: berthbuild\nservices:\n  web:\n    build:\n      context: .\n      args: {V: "3"}\n',
    Dockerfile: 'FROM busybox\nARG V\nRUN echo $V > /v\n',
  })
  const { code, stderr } = await daemon.docker(['compose', 'build'], { cwd: directory, env: { DOCKER_BUILDKIT: '1' } })
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  expect(await inside('berthbuild-web', 'cat /v')).toBe('3')
})
