import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ContainerStats } from '../../src/formats/engine-api/stats.ts'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
  const run = (...args: string[]) => clientOf(daemon, 'berth').out('run', '-d', ...args)
  await run('--name', 'busy', '-m', '64m', '--pids-limit', '50', 'busybox', 'sh', '-c', 'while :; do :; done')
  await run('--name', 'calm', '--network', 'host', 'busybox', 'sleep', '1000')
  await clientOf(daemon, 'berth').out('create', '--name', 'cold', 'busybox', 'true')
})
afterAll(() => daemon[Symbol.asyncDispose]())

const sample = async (name: string, query = ''): Promise<ContainerStats> =>
  (await daemon.api('GET', `/containers/${name}/stats?stream=0${query}`)).json() as Promise<ContainerStats>

describe.each([...CLIENTS])('stats, by the %s CLI', name => {
  const { cli, out } = {
    cli: (args: string[]) => clientOf(daemon, name).cli(args),
    out: (...args: string[]) => clientOf(daemon, name).out(...args),
  }

  test('--no-stream shows what runs, --all the others too', async () => {
    const rows = await out('stats', '--no-stream', '--format', '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}')
    expect(rows.split('\n').toSorted()[0]).toMatch(/^busy \d{2,3}\.\d\d% [\d.]+[KM]iB \/ 64MiB 1$/)
    expect(
      rows
        .split('\n')
        .map(row => row.split(' ')[0])
        .toSorted(),
    ).toEqual(['busy', 'calm'])
    expect(await out('stats', '--no-stream', '-a', '--format', '{{.Name}}')).toContain('cold')
  })

  test('one that is not there is named', async () => {
    const { code, stderr } = await cli(['stats', '--no-stream', 'nosuch'])
    expect(code).toBe(1)
    expect(stderr).toContain('No such container: nosuch')
  })
})

test('a sample has the one of a second before, a one-shot sample has not', async () => {
  const [two, one] = await Promise.all([sample('busy'), sample('busy', '&one-shot=1')])
  expect(two.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(two.precpu_stats.cpu_usage.total_usage)
  expect(two.precpu_stats.cpu_usage.total_usage).toBeGreaterThan(0)
  expect(Date.parse(two.read) - Date.parse(two.preread)).toBeGreaterThanOrEqual(1000)
  expect(one.preread).toBe('0001-01-01T00:00:00Z')
  expect(one).toMatchObject({
    name: '/busy',
    pids_stats: { current: 1, limit: 50 },
    memory_stats: { limit: 64 * 2 ** 20 },
  })
  expect(Object.keys(one.networks ?? {})).toEqual(['eth0'])
})

test("the host's own network is not told as a container's; one that does not run has zeros", async () => {
  expect((await sample('calm', '&one-shot=1')).networks).toBeUndefined()
  expect(await sample('cold')).toMatchObject({ read: '0001-01-01T00:00:00Z', pids_stats: {}, memory_stats: {} })
})

test('a stream gives a sample every second and ends with its container', async () => {
  await clientOf(daemon, 'berth').out('run', '-d', '--name', 'gone', 'busybox', 'sleep', '1000')
  const answer = await daemon.api('GET', '/containers/gone/stats')
  const lines: string[] = []
  let removed: Promise<string> | undefined
  for await (const chunk of answer.body!) {
    lines.push(...Buffer.from(chunk).toString().split('\n').filter(Boolean))
    if (lines.length === 2) removed ??= clientOf(daemon, 'berth').out('rm', '-f', 'gone')
  }
  await removed
  const [first, second] = lines.map(line => JSON.parse(line) as ContainerStats)
  expect(second!.preread).toBe(first!.read)
})

test('two ways of asking at once are refused', async () => {
  expect((await daemon.api('GET', '/containers/busy/stats?stream=1&one-shot=1')).status).toBe(400)
})
