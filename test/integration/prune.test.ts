import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)
const everything = async () => [
  await out('ps', '-aq', '--no-trunc'),
  await out('images', '-aq', '--no-trunc'),
  await out('volume', 'ls', '-q'),
]

/** A running container, two stopped ones of which one has a label, and a volume and an image that nobody uses. */
beforeEach(async () => {
  const [ids = ''] = await everything()
  if (ids) await out('rm', '-f', '-v', ...ids.split('\n'))
  await daemon.docker(['rmi', 'named:1'])
  await out('image', 'prune', '-f')
  await out('run', '-d', '--name', 'up', 'busybox', 'sleep', '1000')
  await out('run', '--name', 'plain', 'busybox', 'sh', '-c', 'echo 12345 >/f')
  await out('create', '--name', 'kept', '--label', 'keep=yes', '-v', '/anonymous', 'busybox')
  await out('commit', 'plain', 'named:1')
  await out('commit', 'up', 'named:1')
})

describe.each(CLIENTS)('%s', name => {
  test('container prune takes what does not run, by filter, and counts the bytes', async () => {
    const client = clientOf(daemon, name)
    const id = await out('inspect', '-f', '{{.Id}}', 'plain')
    const printed = await client.out('container', 'prune', '-f', '--filter', 'label!=keep')
    expect(printed).toBe(`Deleted Containers:\n${id}\n\nTotal reclaimed space: 6B`)
    expect((await out('ps', '-a', '--format', '{{.Names}}')).split('\n').sort()).toEqual(['kept', 'up'])
    expect(await client.out('container', 'prune', '-f', '--filter', 'until=1h')).toBe('Total reclaimed space: 0B')
    expect((await client.cli(['container', 'prune', '-f', '--filter', 'x=y'])).stderr).toContain("invalid filter 'x'")
  })

  test('image prune takes those without a name; with -a those without a container', async () => {
    const client = clientOf(daemon, name)
    await out('rm', 'plain')
    const printed = await client.out('image', 'prune', '-f')
    expect(printed).toMatch(
      /^Deleted Images:\ndeleted: sha256:[0-9a-f]{64}\ndeleted: sha256:[0-9a-f]{64}\n\nTotal reclaimed space: 6B$/,
    )
    expect(await client.out('image', 'prune', '-af')).toStartWith('Deleted Images:\nuntagged: named:1\n')
    expect(await out('images', '--format', '{{.Repository}}')).toBe('busybox')
  })

  test('asks first', async () => {
    const client = clientOf(daemon, name)
    const before = await everything()
    for (const args of [
      ['container', 'prune'],
      ['image', 'prune', '-a'],
      ['system', 'prune', '-a', '--volumes', '--filter', 'label=b', '--filter', 'label=a'],
    ]) {
      const answered = await client.cli(args, { input: 'n\n' })
      expect(answered.stdout).toMatch(/^WARNING! This will remove[\s\S]*Are you sure you want to continue\? \[y\/N\] $/)
      if (args[0] === 'system')
        expect(answered.stdout).toContain(
          '  - all build cache\n\n  Items to be pruned will be filtered with:\n  - label=a\n  - label=b\n\nAre',
        )
    }
    expect(await everything()).toEqual(before)
  })
})

test('system prune takes all of it and sums up', async () => {
  await daemon.docker(['volume', 'create', 'spared'])
  const printed = await clientOf(daemon, 'berth').out('system', 'prune', '-af', '--volumes')
  expect(printed).toMatch(
    /^Deleted Containers:\n[\s\S]*\n\nDeleted Volumes:\n[0-9a-f]{64}\n\nDeleted Images:\n[\s\S]*untagged: named:1\n[\s\S]*\n\nTotal reclaimed space: \d+B$/,
  )
  expect(await out('ps', '-a', '--format', '{{.Names}}')).toBe('up')
  expect(await out('volume', 'ls', '-q')).toBe('spared')
  const refused = await daemon.berth(['system', 'prune', '-f', '--volumes', '--filter', 'until=1h'])
  expect(refused).toMatchObject({ code: 1, stderr: 'ERROR: The "until" filter is not supported with "--volumes"\n' })
})

test('--dry-run tells what a prune would tell and removes nothing', async () => {
  const berth = clientOf(daemon, 'berth')
  const before = await everything()
  for (const args of [
    ['container', 'prune'],
    ['image', 'prune', '-a'],
    ['volume', 'prune', '-a'],
    ['system', 'prune', '-a', '--volumes'],
  ]) {
    const trial = await berth.out(...args, '--dry-run')
    expect(await everything()).toEqual(before)
    expect(trial).toContain('Total reclaimed space')
    if (args[0] !== 'container') continue
    const real = await berth.out(...args, '-f')
    expect(real).toBe(trial.replace('Containers that would be deleted', 'Deleted Containers'))
    before[0] = await out('ps', '-aq', '--no-trunc')
  }
})

test('--dry-run is refused where the daemon would not know it', async () => {
  const foreign = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: request => {
      if (!request.url.includes('_ping')) throw new Error(`asked for ${request.url}`)
      return new Response('OK', { headers: { 'api-version': '1.45', server: 'Docker/26.1.5 (linux)' } })
    },
  })
  try {
    const { code, stderr } = await daemon.berth([
      '-H',
      `tcp://127.0.0.1:${foreign.port}`,
      'system',
      'prune',
      '--dry-run',
    ])
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('only a Berth daemon knows that'),
    })
  } finally {
    await foreign.stop(true)
  }
})

test('two prunes at once: one is refused', async () => {
  for (let i = 0; i < 20; i++) await out('create', 'busybox')
  const answers = await Promise.all([1, 2].map(() => daemon.api('POST', '/v1.45/containers/prune')))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  expect(await out('ps', '-a', '--format', '{{.Names}}')).toBe('up')
})

test('df beside prunes and removals never fails [moby #51979]', async () => {
  for (let i = 0; i < 20; i++) await out('create', 'busybox')
  const pruning = daemon.api('POST', '/v1.45/containers/prune')
  const measured = await Promise.all(Array.from({ length: 5 }, () => daemon.api('GET', '/v1.45/system/df')))
  expect(measured.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect((await pruning).status).toBe(200)
})
