import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { type TestRegistry, testRegistry } from '../kit/registry.ts'
import { must } from '../kit/run.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let registry: TestRegistry
let scratch: string
beforeAll(async () => {
  ;[daemon, registry] = await Promise.all([testDaemon(), testRegistry()])
  scratch = mkdtempSync(join(tmpdir(), 'berth-images-'))
  await must(['docker', '-H', daemon.host, 'save', '-o', join(scratch, 'busybox.tar'), 'busybox:latest'])
  const push = (tag: string, ...flags: string[]) =>
    must([
      'skopeo',
      '--insecure-policy',
      'copy',
      '-q',
      '--dest-tls-verify=false',
      ...flags,
      `docker-archive:${scratch}/busybox.tar`,
      `docker://${registry.address}/team/busybox:${tag}`,
    ])
  await push('v2s2', '--format', 'v2s2')
  await push('oci', '--format', 'oci')
  await push('zstd', '--format', 'oci', '--dest-compress-format', 'zstd')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true, force: true })
})

describe.each([...CLIENTS])('images, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)
  const cli = (...args: string[]) => client().cli(args)

  test.each(['v2s2', 'oci', 'zstd'])('an image pulled as %s runs, and is known by tag and digest', async tag => {
    const reference = `${registry.address}/team/busybox:${tag}`
    const printed = await out('pull', reference)
    expect(printed).toMatch(/Digest: sha256:[0-9a-f]{64}/)
    expect(printed).toContain(`Status: Downloaded newer image for ${reference}`)
    expect(await out('run', '--rm', reference, 'echo', 'it runs')).toBe('it runs')
    expect(await out('pull', reference)).toContain(`Status: Image is up to date for ${reference}`)
    const digest = await out('inspect', '--format', '{{index .RepoDigests 0}}', reference)
    expect(digest).toStartWith(`${registry.address}/team/busybox@sha256:`)
    await out('rmi', reference)
  })

  test('`run` of an image that is not there pulls it; one that nobody has is a clear error', async () => {
    const reference = `${registry.address}/team/busybox:oci`
    const result = await cli('run', '--rm', reference, 'echo', 'pulled')
    expect(result.stdout).toBe('pulled\n')
    expect(result.stderr).toContain(`Unable to find image '${reference}' locally`)
    await out('rmi', reference)
    const nobody = await cli('run', '--rm', `${registry.address}/team/nothing:here`)
    expect(nobody.code).toBe(125)
    expect(nobody.stderr).toMatch(/not found|manifest unknown/)
  })

  test('save and load give the same image back, and stock tools read the archive', async () => {
    const archive = join(scratch, `${name}.tar`)
    const id = await out('inspect', '--format', '{{.Id}}', 'busybox')
    await out('tag', 'busybox', 'keep:1')
    await out('save', '-o', archive, 'keep:1')
    expect(await must(['skopeo', 'inspect', '--config', `docker-archive:${archive}`])).toContain('PATH=')
    await out('rmi', 'keep:1')
    expect(await out('load', '-i', archive)).toContain('Loaded image: keep:1')
    expect(await out('inspect', '--format', '{{.Id}}', 'keep:1')).toBe(id)
    await out('rmi', 'keep:1')
  })

  test('a damaged archive is refused and leaves no image', async () => {
    const before = await out('images', '-q', '--no-trunc')
    const whole = new Uint8Array(await Bun.file(join(scratch, 'busybox.tar')).arrayBuffer())
    const cut = await client().cli(['load'], { input: whole.subarray(0, whole.length / 2) })
    expect(cut.code).toBe(1)
    const flipped = whole.slice()
    for (let place = 700_000; place < 700_064; place++) flipped[place] = 255 - (flipped[place] ?? 0)
    await client().cli(['rmi', 'busybox:latest'])
    const wrong = await client().cli(['load'], { input: flipped })
    expect(wrong.code).toBe(1)
    await client().cli(['load', '-i', join(scratch, 'busybox.tar')])
    expect(await out('images', '-q', '--no-trunc')).toBe(before)
  })

  test('import takes a root with changes, history tells of it', async () => {
    const container = await out('create', 'busybox')
    await out('rm', container)
    const tar = Bun.spawn(['bash', join(import.meta.dir, '../../scripts/busybox-root.sh')], { stdout: 'pipe' })
    const root = new Uint8Array(await new Response(tar.stdout).arrayBuffer())
    const result = await client().cli(
      ['import', '--change', 'CMD ["echo","imported"]', '--message', 'by hand', '-', 'imported:1'],
      { input: root },
    )
    expect(result.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/)
    expect(await out('run', '--rm', 'imported:1')).toBe('imported')
    expect(await out('history', '--format', '{{.Comment}}', 'imported:1')).toBe('by hand')
    await out('rmi', 'imported:1')
  })

  test('`rmi` refuses an image that a container uses, in Docker’s words', async () => {
    await out('tag', 'busybox', 'used:1')
    await out('create', '--name', 'user', 'used:1')
    const id = await out('inspect', '--format', '{{.Id}}', 'used:1')
    const refused = await cli('rmi', id)
    expect(refused.stderr).toMatch(/conflict: unable to (delete|remove)/)
    await out('rm', 'user')
    await out('rmi', 'used:1')
    expect((await cli('rmi', 'used:1')).stderr).toContain('No such image: used:1')
  })

  test('lists show repository, tag, id and size; filters choose', async () => {
    await out('tag', 'busybox', 'listed:1')
    expect(await out('images', '--format', '{{.Repository}}:{{.Tag}}', '--filter', 'reference=listed')).toBe('listed:1')
    expect(await out('images', '-q', '--filter', 'dangling=true')).toBe('')
    expect((await cli('images', '--filter', 'nonsense=1')).stderr).toContain('nonsense')
    await out('rmi', 'listed:1')
  })
})

describe('a registry that asks for a password over TLS', () => {
  test('is refused without trust, refused without login, and serves after both', async () => {
    await using secure = await testRegistry({ tls: true, user: { name: 'ann', password: 's3cret' } })
    const trust = `/etc/berth/certs.d/${secure.address}`
    const reference = `${secure.address}/private/busybox:1`
    await must([
      'skopeo',
      '--insecure-policy',
      'copy',
      '-q',
      '--dest-tls-verify=false',
      '--dest-creds',
      'ann:s3cret',
      `docker-archive:${scratch}/busybox.tar`,
      `docker://${reference}`,
    ])
    const { cli, out } = clientOf(daemon, 'berth')
    try {
      await must(['mkdir', '-p', trust])
      await must(['cp', secure.certificate, `${trust}/ca.crt`])
      expect((await cli(['pull', reference])).stderr).toMatch(/no basic auth credentials|unauthorized|denied/)
      expect((await cli(['login', '-u', 'ann', '--password-stdin', secure.address], { input: 'wrong' })).code).toBe(1)
      expect(
        (await cli(['login', '-u', 'ann', '--password-stdin', secure.address], { input: 's3cret' })).stdout,
      ).toContain('Login Succeeded')
      expect(await out('pull', '-q', reference)).toBe(reference)
      await out('rmi', reference)
      await out('logout', secure.address)
      expect(daemon.log()).not.toContain('s3cret')
    } finally {
      rmSync(trust, { recursive: true, force: true })
    }
  })

  test('layers that nothing uses any more give their space back', async () => {
    const { cli, out } = clientOf(daemon, 'berth')
    const things = () =>
      ['blobs/sha256', 'layers'].map(name => readdirSync(join(daemon.instance.dataRoot, name)).length)
    const before = things()
    const file = join(scratch, 'unique')
    writeFileSync(file, crypto.randomUUID())
    const tar = Bun.spawn(['tar', '-C', scratch, '-cf', '-', 'unique'], { stdout: 'pipe' })
    const input = new Uint8Array(await new Response(tar.stdout).arrayBuffer())
    expect((await cli(['import', '-', 'unique:1'], { input })).code).toBe(0)
    expect(things()).not.toEqual(before)
    await out('rmi', 'unique:1')
    await until('the space is given back', () => Bun.deepEquals(things(), before))
  })
})
