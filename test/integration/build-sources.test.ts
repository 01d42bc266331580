import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archiveOf } from '../../src/store/testing/archive.ts'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { testRegistry } from '../kit/registry.ts'
import { must } from '../kit/run.ts'

let daemon: TestDaemon
let scratch: string
let server: ReturnType<typeof Bun.serve>

/** Repositories and files, by http: git reads them as plain files. */
beforeAll(async () => {
  daemon = await testDaemon()
  scratch = mkdtempSync(join(tmpdir(), 'berth-sources-'))
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: request => {
      const { pathname } = new URL(request.url)
      const file = Bun.file(join(scratch, 'served', pathname))
      return file.exists().then(isThere => new Response(isThere ? file : 'no', { status: isThere ? 200 : 404 }))
    },
  })
  await makeServed()
})
afterAll(async () => {
  server.stop(true)
  await daemon[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true })
})

const SCRIPT = `
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_DATE='2001-02-03T04:05:06Z' GIT_COMMITTER_DATE='2001-02-03T04:05:06Z'
git() { command git -c user.name=n -c user.email=e -c init.defaultBranch=main -c protocol.file.allow=always -c advice.detachedHead=false "$@"; }
mkdir -p served work/sub && cd work
git init -q . && printf 'FROM busybox\\nCOPY . /repo\\n' >Dockerfile && echo one >sub/file && printf 'sub/file export-ignore\\n' >.gitattributes
printf 'FROM busybox\\nCOPY file /from-sub\\n' >sub/Dockerfile && ln -s sub/file link
git add . && git commit -qm one && git tag v1
echo two >sub/file && git commit -qam two && git checkout -qb branch && echo branch >sub/file && git commit -qam branch && git checkout -q main
cd .. && command git clone -q --bare work served/repo.git && command git -C served/repo.git update-server-info
mkdir outer && cd outer && git init -q . && printf 'FROM busybox\\nCOPY . /repo\\n' >Dockerfile
git submodule --quiet add ../work module && git config -f .gitmodules submodule.module.url ../repo.git && git add . && git commit -qm outer
cd .. && command git clone -q --bare outer served/outer.git && command git -C served/outer.git update-server-info
mkdir evil && cd evil && git init -q . && ln -s /etc out && printf 'FROM busybox\\n' >Dockerfile && printf 'FROM busybox\\n' >f
git submodule --quiet add ../work module && git config -f .gitmodules submodule.module.url "file://$PWD/../work" && git add . && git commit -qm evil
cd .. && command git clone -q --bare evil served/evil.git && command git -C served/evil.git update-server-info
mkdir ctx && printf 'FROM busybox\\nCOPY f /from-tar\\n' >ctx/Dockerfile && echo tar >ctx/f && tar -C ctx -czf served/context.tgz . && tar -C ctx -cJf served/context.txz .
printf 'FROM busybox\\nRUN echo text >/text\\n' >served/plain.txt; echo file >served/a%20file
`
async function makeServed(): Promise<void> {
  await must(['bash', '-ec', SCRIPT], { cwd: scratch })
}

const out = (...args: string[]): Promise<string> => clientOf(daemon, 'docker').out(...args)
const url = (path: string) => `http://127.0.0.1:${server.port}${path}`
const inside = (command: string): Promise<string> =>
  out('run', '--rm', '--entrypoint', 'sh', 'made', '-c', `${command}; true`)

/** POST /build with a remote context, which the stock client would fetch by itself. */
async function buildRemote(remote: string, query = ''): Promise<string> {
  const answer = await daemon.api('POST', `/v1.44/build?t=made&remote=${encodeURIComponent(remote)}${query}`)
  return await answer.text()
}

async function build(dockerfile: string): Promise<string> {
  const directory = mkdtempSync(join(scratch, 'context-'))
  writeFileSync(join(directory, 'Dockerfile'), dockerfile)
  return await out('build', '-t', 'made', directory)
}

describe('a remote context', () => {
  test('a git repository, its branches, tags, commits and directories', async () => {
    expect(await buildRemote(url('/repo.git'))).toContain('Successfully built')
    expect(await inside('cat /repo/sub/file /repo/link; ls -a /repo | grep -c .git$')).toBe('two\ntwo\n0')
    await buildRemote(url('/repo.git#v1'))
    expect(await inside('cat /repo/sub/file')).toBe('one')
    await buildRemote(url('/repo.git#branch:sub'))
    expect(await inside('cat /from-sub')).toBe('branch')
    const commit = (await must(['git', '-C', join(scratch, 'work'), 'rev-parse', 'v1'])).trim()
    await buildRemote(url(`/repo.git#${commit}`))
    expect(await inside('cat /repo/sub/file')).toBe('one')
  })

  test('with its submodules', async () => {
    expect(await buildRemote(url('/outer.git'))).toContain('Successfully built')
    expect(await inside('cat /repo/module/sub/file')).toBe('two')
  })

  test('an archive, compressed or not, and a Dockerfile alone', async () => {
    for (const path of ['/context.tgz', '/context.txz']) {
      expect(await buildRemote(url(path))).toContain('Successfully built')
      expect(await inside('cat /from-tar')).toBe('tar')
    }
    expect(await buildRemote(url('/plain.txt'))).toContain('Successfully built')
    expect(await inside('cat /text')).toBe('text')
  })

  test.each([
    ['#nowhere', "couldn't find remote ref nowhere"],
    ['#--upload-pack=touch', 'invalid git reference'],
    ['#main:../..', 'invalid subdirectory'],
    ['#main:nowhere', 'failed to fetch'],
  ])('%s is refused', async (fragment, complaint) => {
    expect(await buildRemote(url(`/repo.git${fragment}`))).toContain(complaint)
  })

  test.each(['ext::sh -c touch% /tmp/x.git', '/etc/x.git', 'file:///etc/x.git'])('%s is no address', async remote => {
    expect(await buildRemote(remote)).toMatch(/not a URL of http|invalid git URL/)
  })

  test('CVE-2022-39253, GHSA-vp35-85q5-9f25: a submodule that is a directory of the host', async () => {
    expect(await buildRemote(url('/evil.git'))).toContain('invalid git URL')
  })

  test('CVE-2026-33748: a directory of the repository that is a link', async () => {
    expect(await buildRemote(url('/evil.git#main:out'))).toContain('failed to fetch')
  })

  test('a password is in no message', async () => {
    const told = await buildRemote(url('/repo.git#nowhere').replace('//', '//user:hunter2@'))
    expect(told).not.toContain('hunter2')
  })
})

test('a base image of a registry with a password: what the client gives for that registry is used', async () => {
  await using registry = await testRegistry({ user: { name: 'ann', password: 's3cret' } })
  const auth = { username: 'ann', password: 's3cret' }
  const header = (config: unknown) => Buffer.from(JSON.stringify(config)).toString('base64')
  await out('tag', 'busybox', `${registry.address}/team/base:1`)
  const pushed = await fetch(`http://x/v1.44/images/${registry.address}/team/base/push?tag=1`, {
    method: 'POST',
    unix: daemon.socket,
    headers: { 'X-Registry-Auth': header(auth) },
  } as RequestInit)
  expect(await pushed.text()).not.toContain('errorDetail')
  await out('rmi', `${registry.address}/team/base:1`)
  const archive = archiveOf({ name: 'Dockerfile', content: `FROM ${registry.address}/team/base:1\nRUN true\n` })
  const ask = async (config: unknown) => {
    const headers = { 'X-Registry-Config': header(config), 'Content-Type': 'application/x-tar' }
    const options = { method: 'POST', body: archive, unix: daemon.socket, headers }
    return await (await fetch('http://x/v1.44/build', options as RequestInit)).text()
  }
  expect(await ask({ 'other.example.com': auth })).toMatch(/unauthorized|authentication required|no basic auth/i)
  expect(await ask({ [registry.address]: auth })).toContain('Successfully built')
})

describe('ADD', () => {
  test('of a URL: the file as it came, for root alone, and only with the content that was promised', async () => {
    const digest = createHash('sha256')
      .update(readFileSync(join(scratch, 'served/plain.txt')))
      .digest('hex')
    await build(
      `FROM busybox\nADD ${url('/plain.txt')} /here\nADD --checksum=sha256:${digest} ${url('/plain.txt')} /dir/\nADD ${url('/context.tgz')} /packed/\nADD --unpack ${url('/context.tgz')} /unpacked/\n`,
    )
    expect(await inside('stat -c %a /here; cat /dir/plain.txt | head -1; ls /packed; cat /unpacked/f')).toBe(
      '600\nFROM busybox\ncontext.tgz\ntar',
    )
    const wrong = `FROM busybox\nADD --checksum=sha256:${'0'.repeat(64)} ${url('/plain.txt')} /x\n`
    expect(build(wrong)).rejects.toThrow('digest mismatch')
    expect(build(`FROM busybox\nADD ${url('/missing')} /x\n`)).rejects.toThrow('invalid response status 404')
  })

  test('of a repository, with or without its directory of git', async () => {
    await build(
      `FROM busybox\nADD ${url('/repo.git')} /r\nADD ${url('/repo.git#v1:sub')} /s\nADD --keep-git-dir ${url('/repo.git#branch')} /k\n`,
    )
    expect(await inside('cat /r/sub/file /s/file /k/sub/file; ls -d /r/.git /k/.git 2>/dev/null')).toBe(
      'two\none\nbranch\n/k/.git',
    )
    await out('create', '--name', 'kept', 'made')
    mkdirSync(join(scratch, 'kept'))
    await out('cp', 'kept:/k/.', join(scratch, 'kept'))
    await out('rm', 'kept')
    expect(await must(['git', '-c', 'safe.directory=*', '-C', join(scratch, 'kept'), 'status', '--short'])).toBe('')
  })
})
