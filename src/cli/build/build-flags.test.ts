import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from '../session.ts'
import { parseAgents } from './agents.ts'
import { archiveOrText } from './archive-or-text.ts'
import { frontendAttributes } from './attributes.ts'
import { type BuildOptions, NO_OPTIONS } from './build-options.ts'
import { parseCacheEndpoints } from './cache-endpoints.ts'
import { openContexts } from './contexts.ts'
import { outputsOf } from './outputs.ts'
import { parseSecrets } from './secrets.ts'

const session = new Session({}, {} as Session['globals'])
const options = (more: Partial<BuildOptions>): BuildOptions => ({ ...NO_OPTIONS, ...more })

test.each<[Partial<BuildOptions>, unknown[]]>([
  [{}, [{ type: 'image', attributes: {} }]],
  [{ tags: ['a', 'b:1'] }, [{ type: 'image', attributes: { name: 'a,b:1' } }]],
  [{ outputs: ['/tmp/out'] }, [{ type: 'local', destination: { kind: 'directory', path: '/tmp/out' } }]],
  [{ outputs: ['-'] }, [{ type: 'tar', destination: { kind: 'stdout' } }]],
  [
    { outputs: ['type=oci,dest=x.tar,compression=zstd'] },
    [{ type: 'oci', attributes: { compression: 'zstd' }, destination: { kind: 'file', path: 'x.tar' } }],
  ],
  [{ outputs: ['type=oci,dest=x,tar=false'] }, [{ type: 'oci', destination: { kind: 'directory', path: 'x' } }]],
  [{ outputs: ['type=docker'] }, [{ type: 'image' }]],
  [{ outputs: ['type=registry,name=x'] }, [{ type: 'image', attributes: { name: 'x', push: 'true' } }]],
  [{ push: true, tags: ['a'] }, [{ type: 'image', attributes: { name: 'a', push: 'true' } }]],
  [{ load: true, outputs: ['type=tar,dest=x.tar'] }, [{ type: 'tar' }, { type: 'image' }]],
  [
    { annotations: ['a=b', 'index,manifest:c=d', 'manifest[linux/amd64]:e=f'] },
    [
      {
        attributes: {
          'annotation.a': 'b',
          'annotation-index.c': 'd',
          'annotation.c': 'd',
          'annotation[linux/amd64].e': 'f',
        },
      },
    ],
  ],
])('%j goes to its place', (given, expected) => {
  expect(outputsOf(options(given), session)).toMatchObject(expected as never)
})

test.each<[Partial<BuildOptions>, string]>([
  [{ push: true }, 'tag is needed'],
  [{ outputs: ['type=local'] }, 'dest is required'],
  [{ outputs: ['type=local,dest=-'] }, 'cannot be stdout'],
  [{ outputs: ['type=floppy,dest=x'] }, 'unsupported output type floppy'],
  [{ outputs: ['dest=x,foo=y'] }, 'type is required'],
  [{ outputs: ['type=tar,x'] }, 'invalid value x'],
  [{ outputs: ['type=tar,dest=/tmp'] }, 'is a directory'],
  [{ annotations: ['x'] }, 'invalid annotation'],
])('%j is refused', (given, words) => {
  expect(() => outputsOf(options(given), session)).toThrow(words)
})

test('the frontend is told what the flags say', () => {
  const given = options({
    target: 't',
    platforms: ['linux/amd64,linux/arm64'],
    buildArgs: { A: '1', HOME: undefined, MISSING: undefined },
    labels: { l: 'v' },
    noCacheFilter: ['a', 'b'],
    pull: true,
    extraHosts: ['db:10.0.0.1', 'v6=[::1]'],
    network: 'none',
    shmSize: 64,
    ulimits: ['nofile=1:2'],
  })
  expect(frontendAttributes(given, { HOME: '/root' })).toEqual({
    'image-resolve-mode': 'pull',
    target: 't',
    platform: 'linux/amd64,linux/arm64',
    'build-arg:A': '1',
    'build-arg:HOME': '/root',
    'label:l': 'v',
    'no-cache': 'a,b',
    'add-hosts': 'db=10.0.0.1,v6=::1',
    'force-network-mode': 'none',
    'shm-size': '64',
    ulimit: 'nofile=1:2',
  })
  expect(() => frontendAttributes(options({ extraHosts: ['x'] }), {})).toThrow('invalid host x')
})

test('secrets come from files and from the environment', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'berth-secret-'))
  const file = join(directory, 'f')
  writeFileSync(file, 'in file')
  const environment = { TOKEN: 'in environment' }
  const secrets = parseSecrets(
    [`id=a,src=${file}`, 'id=b,env=TOKEN', 'id=TOKEN', 'type=env,id=c,src=TOKEN'],
    environment,
  )
  const read = async (id: string) => Buffer.from(await secrets.get(id)!()).toString()
  expect(await Promise.all(['a', 'b', 'TOKEN', 'c'].map(read))).toEqual([
    'in file',
    'in environment',
    'in environment',
    'in environment',
  ])
  rmSync(directory, { recursive: true })
})

test.each([
  ['src=x', 'missing "id"'],
  ['id=x,src=/missing/file', 'no such file'],
  ['id=x,foo=y', "unexpected key 'foo'"],
  ['id=x,type=vault', 'unsupported secret type'],
])('the secret %s is refused', (text, words) => {
  expect(() => parseSecrets([text], {})).toThrow(words)
})

test('an agent has to be a socket, each id once', () => {
  expect(() => parseAgents(['default'], {})).toThrow('SSH_AUTH_SOCK')
  expect(() => parseAgents(['k=/etc/passwd'], {})).toThrow('ssh-add')
  expect(() => parseAgents(['k=/missing'], {})).toThrow('no such file')
})

test('caches are images, or say what they are', async () => {
  expect(parseCacheEndpoints(['a,b', 'type=local,src=x'])).toEqual([
    { type: 'registry', attributes: { ref: 'a' } },
    { type: 'registry', attributes: { ref: 'b' } },
    { type: 'local', attributes: { src: 'x' } },
  ])
})

test('a directory is its own context, and its Dockerfile may stand elsewhere', async () => {
  using contexts = await openContexts(options({ context: '/usr', dockerfile: '/etc/Dockerfile.prod' }))
  expect([...contexts.directories]).toEqual([
    ['context', '/usr'],
    ['dockerfile', '/etc'],
  ])
  expect(contexts).toMatchObject({
    name: 'usr',
    attributes: { filename: 'Dockerfile.prod', dockerfilekey: 'dockerfile' },
  })
  using again = await openContexts(options({ context: '/usr/' }))
  expect(again.sharedKey).toBe(contexts.sharedKey)
})

test('URLs are the builder’s to fetch, named contexts what they are', async () => {
  const given = { base: 'docker-image://busybox', etc: '/etc', git: 'https://example.org/x.git' }
  using contexts = await openContexts(options({ context: 'https://example.org/y.git#main', contexts: given }))
  expect(contexts.attributes).toEqual({
    context: 'https://example.org/y.git#main',
    'context:base': 'docker-image://busybox',
    'context:etc': 'local:etc',
    'context:git': 'https://example.org/x.git',
  })
  expect([...contexts.directories]).toEqual([['etc', '/etc']])
})

test.each<[Partial<BuildOptions>, string]>([
  [{ context: '/missing' }, 'path "/missing" not found'],
  [{ context: '/etc/passwd' }, 'is no directory'],
  [{ contexts: { x: '/missing' } }, 'failed to get build context x'],
])('%j is refused before anything is asked', async (given, words) => {
  await expect(openContexts(options({ context: '/usr', ...given }))).rejects.toThrow(words)
})

test('standard input is an archive or a Dockerfile, however it comes in', async () => {
  async function* bytes(all: Uint8Array) {
    for (let at = 0; at < all.length; at += 100) yield all.subarray(at, at + 100)
  }
  const tar = Bun.spawnSync(['tar', '-cf', '-', '-C', '/etc', 'hostname']).stdout
  const archives = [tar, Bun.gzipSync(new Uint8Array(tar))]
  for (const archive of archives) {
    const found = await archiveOrText(bytes(archive))
    if (!('archive' in found)) throw new Error('no archive')
    const back = Buffer.concat(await Array.fromAsync(found.archive))
    expect(back.equals(Buffer.from(archive))).toBeTrue()
  }
  for (const text of ['', 'FROM x\n', `FROM x\n# ${'y'.repeat(2000)}\n`]) {
    expect(await archiveOrText(bytes(Buffer.from(text)))).toEqual({ text })
  }
})
