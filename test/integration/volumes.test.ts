import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
let shared: string
beforeAll(async () => {
  daemon = await testDaemon()
  shared = mkdtempSync(join(tmpdir(), 'berth-bind-'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(shared, { recursive: true, force: true })
})

describe.each([...CLIENTS])('volumes and binds, by the %s CLI', name => {
  const client = () => clientOf(daemon, name)
  const out = (...args: string[]) => client().out(...args)

  test('a named volume keeps its files from one container to the next, and cannot be removed while one uses it', async () => {
    await out('run', '--name', 'writer', '-v', 'kept:/data', 'busybox', 'sh', '-c', 'echo hello > /data/f')
    expect(await out('run', '--rm', '-v', 'kept:/data:ro', 'busybox', 'cat', '/data/f')).toBe('hello')
    const refused = await client().cli(['volume', 'rm', 'kept'])
    expect(refused.stderr).toContain('volume is in use')
    await out('rm', 'writer')
    await out('volume', 'rm', 'kept')
    expect(await out('volume', 'ls', '-q')).toBe('')
  })

  test('a new volume takes over what the image has at its place, with owners and modes', async () => {
    expect(
      await out('run', '--rm', '-v', 'copied:/etc', 'busybox', 'sh', '-c', 'tail -1 /etc/group; ls /etc | wc -l'),
    ).toContain('extra:x:2000:app')
    await out('volume', 'rm', 'copied')
  })

  test('an anonymous volume goes with its container by --rm and by rm -v, not by rm', async () => {
    await out('run', '--rm', '-v', '/data', 'busybox', 'true')
    expect(await out('volume', 'ls', '-q')).toBe('')
    await out('create', '--name', 'left', '-v', '/data', 'busybox')
    await out('rm', 'left')
    const volume = await out('volume', 'ls', '-q')
    expect(volume).toMatch(/^[0-9a-f]{64}$/)
    await out('volume', 'rm', volume)
  })

  test('prune removes unused anonymous volumes, all of them if asked, and by a trial none', async () => {
    await out('volume', 'create', '--label', 'keep=1', 'labelled')
    await out('volume', 'create', 'plain')
    await out('create', '--name', 'holder', '-v', 'held:/h', 'busybox')
    const anonymous = (await out('create', '--name', 'left', '-v', '/data', 'busybox')) && (await out('rm', 'left'))
    expect(anonymous).toBe('left')
    const pruned = await out('volume', 'prune', '-f')
    expect(pruned).toMatch(/^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: 0B$/)
    expect(await out('volume', 'ls', '-q')).toBe('held\nlabelled\nplain')
    const unsure = await client().cli(['volume', 'prune', '-a'], { input: 'n\n' })
    expect(unsure.stdout).toContain('WARNING! This will remove all local volumes not used by at least one container.')
    expect(await out('volume', 'prune', '-a', '-f', '--filter', 'label!=keep')).toContain('plain')
    expect(await out('volume', 'ls', '-q')).toBe('held\nlabelled')
    await out('rm', 'holder')
    await out('volume', 'rm', 'held', 'labelled')
    expect((await client().cli(['volume', 'prune', '-f', '--filter', 'foo=bar'])).stderr).toContain(
      "invalid filter 'foo'",
    )
  })

  test('a bind shows the host’s directory, and is read-only when asked', async () => {
    writeFileSync(join(shared, 'f'), 'from the host')
    expect(await out('run', '--rm', '-v', `${shared}:/s`, 'busybox', 'sh', '-c', 'cat /s/f; echo back > /s/g')).toBe(
      'from the host',
    )
    expect(readFileSync(join(shared, 'g'), 'utf8')).toBe('back\n')
    const refused = await client().cli([
      'run',
      '--rm',
      '--mount',
      `type=bind,src=${shared},dst=/s,readonly`,
      'busybox',
      'touch',
      '/s/h',
    ])
    expect(refused.stderr).toContain('Read-only file system')
  })

  test('--mount of a source that is not there is refused, -v makes it', async () => {
    const missing = join(shared, `missing-${name}`)
    const refused = await client().cli(['run', '--rm', '--mount', `type=bind,src=${missing},dst=/s`, 'busybox', 'true'])
    expect(refused.code).toBe(125)
    expect(refused.stderr).toContain('bind source path does not exist')
    await out('run', '--rm', '-v', `${missing}:/s`, 'busybox', 'true')
  })

  test('a mount over a symbolic link of the image stays inside the container', async () => {
    await out('run', '--name', 'linked', 'busybox', 'ln', '-s', '/../../../../../../etc', '/lnk')
    await out('rm', 'linked')
    expect(await out('run', '--rm', '-v', `${shared}:/home/../mnt/here`, 'busybox', 'cat', '/mnt/here/f')).toBe(
      'from the host',
    )
  })

  test('--volumes-from shares the mounts of another container', async () => {
    await out('create', '--name', 'origin', '-v', 'of-origin:/o', 'busybox')
    await out('run', '--rm', '--volumes-from', 'origin', 'busybox', 'sh', '-c', 'echo x > /o/x')
    expect(await out('run', '--rm', '--volumes-from', 'origin:ro', 'busybox', 'cat', '/o/x')).toBe('x')
    await out('rm', 'origin')
    await out('volume', 'rm', 'of-origin')
  })
})

test('volume prune --dry-run tells what would go', async () => {
  const { out } = clientOf(daemon, 'berth')
  await out('volume', 'create', 'trial')
  expect(await out('volume', 'prune', '-a', '--dry-run')).toContain('Volumes that would be deleted:\ntrial')
  expect(await out('volume', 'rm', 'trial')).toBe('trial')
})

test('volumes of a cluster are not to be had', async () => {
  const answer = await daemon.api('PUT', '/v1.44/volumes/any', {})
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { message: 'volume update only valid for cluster volumes, but swarm is unavailable' },
  ])
})
