import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tarMembers } from '../../src/formats/tar/members.ts'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import {
  archiveOf,
  busyboxLayer,
  descriptors,
  hostTarget,
  lives,
  loaded,
  type Member,
  send,
  type Target,
  UNTOUCHED,
} from '../kit/hostile.ts'
import { run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let target: Target
beforeAll(async () => {
  daemon = await testDaemon()
  target = hostTarget()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  target[Symbol.dispose]()
})

const client = () => clientOf(daemon, 'docker')
const out = (...args: string[]) => client().out(...args)
const put = (id: string, path: string, body: Uint8Array, more = '') =>
  send(daemon, 'PUT', `/containers/${id}/archive?path=${encodeURIComponent(path)}${more}`, body)
const get = (id: string, path: string) =>
  daemon.api('GET', `/containers/${id}/archive?path=${encodeURIComponent(path)}`)

type Told = { name: string; type: string; linkName: string; content: string }
async function membersOf(response: Response): Promise<Told[]> {
  const told: Told[] = []
  for await (const { entry, body } of tarMembers(response.body as AsyncIterable<Uint8Array>)) {
    const parts: Uint8Array[] = []
    for await (const part of body) parts.push(part.slice())
    told.push({
      name: entry.name,
      type: entry.type,
      linkName: entry.linkName,
      content: Buffer.concat(parts).toString(),
    })
  }
  return told
}
const inertly = (work: Promise<Told[]>): Promise<Told[]> => work.catch(() => [])

test('CVE-2018-15664, CVE-2019-10152, CVE-2019-18466, CVE-2026-103916: a path that the container swaps for a link all the time gives no read and no write on the host', async () => {
  const swap = `mkdir -p /w/d; ln -s ${target.path} /w/l; cd /w; while :; do mv d t; mv l d; mv d l; mv t d; done 2>/dev/null`
  const id = await out('run', '-d', 'busybox', 'sh', '-c', swap)
  const payload = archiveOf(...Array.from({ length: 50 }, (_, index) => ({ name: `f${index}`, content: 'bad' })))
  const through = archiveOf({ name: 'd/secret', content: 'bad' })
  for (let round = 0; round < 12; round++) {
    await put(id, '/w/d', payload)
    await put(id, '/w', through)
    for (const path of ['/w/d/secret', '/w/d/.', '/w/d']) {
      const told = await inertly(get(id, path).then(response => (response.ok ? membersOf(response) : [])))
      expect(told.filter(({ content }) => content === 'of the host')).toEqual([])
    }
  }
  await out('rm', '-f', id)
  expect(target.look()).toEqual(UNTOUCHED)
})

describe('a container with volumes', () => {
  const links = (): Member[] => [
    { name: 'data', type: 'symlink', linkName: target.path },
    { name: 'file', type: 'symlink', linkName: `${target.path}/new` },
    { name: 'run', type: 'directory', mode: 0o755 },
    { name: 'var', type: 'directory', mode: 0o755 },
    { name: 'var/run', type: 'symlink', linkName: '../run' },
  ]

  test('CVE-2026-41568, CVE-2026-42306: mountpoints that are links in the image are neither made nor mounted on the host', async () => {
    const tag = await loaded(daemon, { layers: [busyboxLayer(...links())], tag: 'links:1' })
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    const id = await out('create', '-v', 'named:/data/deeper', '-v', `${target.secret}:/file`, tag, 'sh')
    expect((await put(id, '/', archiveOf({ name: 'x', content: 'x' }))).status).toBe(200)
    expect((await get(id, '/data')).status).toBe(200)
    await put(id, '/data/deeper', archiveOf({ name: 'in-volume', content: 'x' }))
    expect(target.look()).toEqual(UNTOUCHED)
    expect(readFileSync('/proc/self/mountinfo', 'utf8').includes(target.path)).toBe(mounts.includes(target.path))
    await out('rm', '-v', id)
    await out('volume', 'rm', 'named')
  })

  test('moby #52653: a socket at /var/run/docker.sock, where /var/run leads to /run, does not spoil cp', async () => {
    const path = join(target.path, '..', 'a.sock')
    const server = createServer().listen(path)
    const tag = await loaded(daemon, { layers: [busyboxLayer(...links())], tag: 'links:1' })
    for (const command of ['create', 'run']) {
      const how = command === 'run' ? ['run', '-d'] : ['create']
      const id = await out(...how, '-v', `${path}:/var/run/docker.sock`, tag, 'sleep', '1000')
      expect((await put(id, '/', archiveOf({ name: 'x', content: 'x' }))).text).toBe('')
      expect((await membersOf(await get(id, '/x')))[0]?.content).toBe('x')
      await out('rm', '-f', id)
    }
    server.close()
    rmSync(path, { force: true })
  })

  test('CVE-2021-41089: cp into a container that has never run changes no file of the host', async () => {
    const watched = [
      '/etc/hosts',
      '/etc/hostname',
      '/etc/resolv.conf',
      '/etc',
      '/var',
      '/tmp',
      target.path,
      target.secret,
    ]
    const modes = () =>
      watched.filter(path => existsSync(path)).map(path => [path, lstatSync(path).mode, lstatSync(path).uid])
    const before = modes()
    const id = await out('create', '-v', `${target.path}:/bound:ro`, 'busybox')
    const tree = archiveOf(
      { name: '.', type: 'directory', mode: 0o777, uid: 9 },
      { name: 'etc', type: 'directory', mode: 0o777, uid: 9 },
      { name: 'etc/hosts', content: 'x', mode: 0o777, uid: 9 },
      { name: 'bound', type: 'directory', mode: 0o777, uid: 9 },
      { name: 'bound/secret', content: 'bad', mode: 0o777 },
    )
    await put(id, '/', tree)
    await put(id, '/', archiveOf({ name: 'tmp', type: 'directory', mode: 0o700, uid: 9 }))
    expect(modes()).toEqual(before)
    expect(target.look()).toEqual(UNTOUCHED)
    await out('rm', id)
  })
})

test('CVE-2026-41567: PUT of gzip, zstd, xz and bzip2 runs no program of the container', async () => {
  const script = `#!/bin/busybox sh\n/bin/busybox touch ${target.marker}\n/bin/busybox cat\n`
  const places = ['xz', 'unxz', 'unpigz', 'pigz', 'gzip', 'gunzip', 'zstd', 'bzip2'].flatMap(name =>
    ['bin', 'usr/bin', 'usr/local/bin', 'sbin'].map(directory => `${directory}/${name}`),
  )
  const layer = busyboxLayer(...places.map(name => ({ name, content: script, mode: 0o755 })))
  const tag = await loaded(daemon, { layers: [layer], tag: 'programs:1' })
  const plain = archiveOf({ name: 'arrived', content: 'yes' })
  const by = async (...argv: string[]) =>
    new Uint8Array(await new Response(Bun.spawn(argv, { stdin: plain }).stdout).arrayBuffer())
  const packed = [gzipSync(plain), Bun.zstdCompressSync(plain), await by('xz', '-c'), await by('bzip2', '-c')]
  for (const id of [await out('create', tag, 'sh'), await out('run', '-d', tag, 'sleep', '1000')]) {
    for (const body of packed) expect((await put(id, '/', body)).status).toBe(200)
    await out('rm', '-f', id)
  }
  expect(existsSync(target.marker)).toBe(false)
})

test('CVE-2019-14271: no library of the container is loaded, not for names of users either', async () => {
  const source = `#include <fcntl.h>\n__attribute__((constructor)) static void run(void) { open("${target.marker}", O_CREAT, 0600); }\n`
  const library = `${target.marker}.so`
  const built = await run(['cc', '-shared', '-fPIC', '-x', 'c', '-', '-o', library], { input: source })
  expect([built.code, built.stderr]).toEqual([0, ''])
  const content = readFileSync(library)
  const names = ['libnss_files.so.2', 'libnss_dns.so.2', 'libnss_compat.so.2', 'libc.so.6', 'ld-linux-x86-64.so.2']
  const places = ['lib', 'lib64', 'usr/lib', 'lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu']
  const more = places.flatMap(place => names.map(name => ({ name: `${place}/${name}`, content, mode: 0o755 })))
  const preload = { name: 'etc/ld.so.preload', content: '/lib/libc.so.6\n' }
  const tag = await loaded(daemon, { layers: [busyboxLayer(...more, preload)], tag: 'libraries:1' })
  const id = await out('run', '-d', tag, 'sleep', '1000')
  const owned = archiveOf({ name: 'owned', content: 'x', userName: 'nobody', groupName: 'nogroup' })
  expect((await put(id, '/', owned, '&copyUIDGID=1')).status).toBe(200)
  expect((await get(id, '/lib')).status).toBe(200)
  await out('exec', id, 'true')
  await out('rm', '-f', id)
  expect(existsSync(target.marker)).toBe(false)
})

test('CVE-2014-9356: absolute links, and links that lead up, stay in the container by cp', async () => {
  const id = await out(
    'run',
    '-d',
    'busybox',
    'sh',
    '-c',
    `ln -s ${target.path} /abs; ln -s ../../../..${target.path} /up; sleep 1000`,
  )
  await until('the links are there', async () => (await get(id, '/up')).ok)
  for (const path of ['/abs', '/up', '/abs/.', '/up/new'])
    await put(id, path, archiveOf({ name: 'bad', content: 'bad' }))
  for (const path of ['/abs/secret', '/up/secret']) expect((await get(id, path)).status).toBe(404)
  await out('rm', '-f', id)
  expect(target.look()).toEqual(UNTOUCHED)
})

test('CVE-2020-1726: a volume with content is not covered by its first mount', async () => {
  const layer = busyboxLayer({ name: 'v', type: 'directory', mode: 0o755 }, { name: 'v/f', content: 'of the image' })
  const tag = await loaded(daemon, { layers: [layer], tag: 'volume:1' })
  const { Mountpoint } = JSON.parse((await send(daemon, 'POST', '/volumes/create', '{"Name":"filled"}')).text)
  writeFileSync(join(Mountpoint, 'f'), 'of the user')
  expect(await out('run', '--rm', '-v', 'filled:/v', tag, 'cat', '/v/f')).toBe('of the user')
  await out('volume', 'rm', 'filled')
})

test('moby #25993: a root that changes while it is read, and one that is deep, end in an archive or an error', async () => {
  const churn = 'cd /; while :; do mkdir -p c/a/b; touch c/f c/a/g; mv c e; rm -r e; done 2>/dev/null'
  const id = await out('run', '-d', 'busybox', 'sh', '-c', churn)
  const before = descriptors(daemon)
  for (let round = 0; round < 10; round++) await inertly(get(id, '/').then(membersOf))
  await out('rm', '-f', id)
  const dig = 'n=0; while [ $n -lt 3000 ]; do mkdir d && cd d; n=$((n+1)); done; touch end'
  const deep = await out('create', 'busybox', 'sh', '-c', dig)
  await out('start', '-a', deep)
  const told = await inertly(get(deep, '/d').then(membersOf))
  expect(told.length === 0 || told.length > 2000).toBe(true)
  await daemon.api('GET', `/containers/${deep}/json?size=1`)
  await daemon.api('GET', '/system/df')
  await out('rm', deep)
  await until('what was removed is gone', () => readdirSync(`${daemon.instance.dataRoot}/tmp`).length === 0)
  expect(await lives(daemon)).toBe(true)
  expect(descriptors(daemon)).toBeLessThan(before + 5)
}, 60_000)

describe('an archive for the client', () => {
  test('names nothing above or beside what was asked for, whatever the container has [class]', async () => {
    const script = `mkdir -p "/t/..x" "/t/ " "/t/a\nb"; ln -s / /t/root; ln -s ../../.. /t/up; echo 1 > /t/h; ln /t/h /h; ln /t/h "/t/..x/h"; touch "/t/$(printf '\\033[31m')"; mknod /t/p p`
    const id = await out('create', 'busybox', 'sh', '-c', script)
    await out('start', '-a', id)
    for (const path of ['/t', '/t/', '/t/.', '/']) {
      const told = await membersOf(await get(id, path))
      expect(told.length).toBeGreaterThan(5)
      for (const { name, type, linkName } of told) {
        expect(name.startsWith('/')).toBe(path === '/')
        expect(name.split('/')).not.toContain('..')
        if (type === 'link') expect(told.some(other => other.name === linkName && other.type === 'file')).toBe(true)
      }
    }
    await out('rm', id)
  })

  test('CVE-2024-12905, CVE-2026-23745: a hostile one does not lead `berth cp` out of its directory', async () => {
    using target = hostTarget()

    const hostile: Member[][] = [
      [
        { name: 't', type: 'directory' },
        { name: 't/l', type: 'symlink', linkName: target.path },
        { name: 't/l/secret', content: 'bad' },
      ],
      [
        { name: 't', type: 'directory' },
        { name: 't/h', type: 'link', linkName: '../host/secret' },
        { name: 't/h', content: 'bad' },
      ],
      [
        { name: 't', type: 'directory' },
        { name: 't/../../host/new', content: 'bad' },
      ],
      [
        { name: 't', type: 'symlink', linkName: target.path },
        { name: 't/new', content: 'bad' },
      ],
    ]
    for (const members of hostile) {
      const stat = Buffer.from(
        JSON.stringify({ name: 't', size: 1, mode: 2 ** 31 + 0o755, mtime: '2026-01-01T00:00:00Z', linkTarget: '' }),
      )
      const headers = {
        'X-Docker-Container-Path-Stat': stat.toString('base64'),
        'Content-Type': 'application/x-tar',
        'Api-Version': '1.44',
        Ostype: 'linux',
      }
      const path = join(target.path, '..', 'fake.sock')
      using server = Bun.serve({ unix: path, fetch: () => new Response(archiveOf(...members), { headers }) })
      const into = join(target.path, '..', 'into')
      rmSync(into, { recursive: true, force: true })
      const host = `unix://${path}`
      const result = await daemon.berth(['cp', 'x:/t', into], { env: { DOCKER_HOST: host, BERTH_HOST: host } })
      expect(result.code).not.toBe(0)
      expect(target.look()).toEqual(UNTOUCHED)
      await server.stop(true)
    }
  })
})
