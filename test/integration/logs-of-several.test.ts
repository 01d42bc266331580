import { afterAll, beforeAll, expect, test } from 'bun:test'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'

let daemon: TestDaemon
const berth = (...args: string[]) => clientOf(daemon, 'berth').cli(args)
beforeAll(async () => {
  daemon = await testDaemon()
  const { out } = clientOf(daemon, 'berth')
  const say = (name: string, script: string) =>
    out('run', '--name', name, '-l', 'app=shop', 'busybox', 'sh', '-c', script)
  await say('web', 'echo GET /1; sleep 0.02; echo failed >&2')
  await say('database', 'echo ready; sleep 0.02; echo GET /2')
  await out('run', '-t', '--name', 'terminal', 'busybox', 'echo', 'wide')
})
afterAll(() => daemon[Symbol.asyncDispose]())

test('`logs` of several containers is merged by time, each line with its container, each stream where it belongs', async () => {
  const { stdout, stderr, code } = await berth('logs', 'database', 'web')
  expect(stdout).toBe('web      | GET /1\ndatabase | ready\ndatabase | GET /2\n')
  expect(stderr).toBe('web      | failed\n')
  expect(code).toBe(0)
})

test('`logs --filter` finds containers, and a container that is found twice is shown once', async () => {
  const { stdout } = await berth('logs', '--filter', 'label=app=shop', '-f', 'web')
  expect(stdout).toBe('web      | GET /1\ndatabase | ready\ndatabase | GET /2\n')
  expect((await berth('logs', '--filter', 'label=app=none')).stderr).toContain('no container matches the filter')
})

test('`logs --grep` shows the lines in which the pattern is found, of one container without its name', async () => {
  expect((await berth('logs', '--grep', 'GET /[12]', 'web')).stdout).toBe('GET /1\n')
  expect((await berth('logs', '-t', '--grep', '^wide', 'terminal')).stdout).toMatch(/^\d{4}-\S+Z wide\r\n$/)
  const wrong = await berth('logs', '--grep', '(', 'web')
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('no regular expression: (')])
})

test('a missing container is told by name, and so is none', async () => {
  expect((await berth('logs', 'web', 'nope')).stderr).toContain('No such container: nope')
  expect((await berth('logs')).stderr).toContain("'berth logs' requires at least 1 argument")
})
