import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Health } from '../../src/formats/engine-api/common.ts'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const berth = () => clientOf(daemon, 'berth')
const health = async (name: string): Promise<Health> =>
  JSON.parse(await berth().out('inspect', '-f', '{{json .State.Health}}', name))
const becomes = (name: string, status: Health['Status']) =>
  until(`${name} is ${status}`, async () => (await health(name)).Status === status)
const QUICK = ['--health-interval', '100ms', '--health-timeout', '2s', '--health-retries', '2']
const SLEEP = ['sleep', '1000']
/** By the clock's nanoseconds, which the clients' own --until leaves out. */
async function healthEvents(name: string): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ event: ['health_status'], container: [name] }))
  const until = `${Date.now() / 1000}`
  const answer = await daemon.api('GET', `/events?since=1&until=${until}&filters=${filters}`)
  return (await answer.text())
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line).Action)
}
const remove = (...names: string[]) => berth().out('rm', '-f', ...names)

describe.each([...CLIENTS])('a health check, by the %s CLI', name => {
  const out = (...args: string[]) => clientOf(daemon, name).out(...args)

  test('makes a container healthy, then unhealthy, and well again; ps, filters and events say so', async () => {
    const box = `h1-${name}`
    await out('run', '-d', '--name', box, ...QUICK, '--health-cmd', 'echo seen; test -e /tmp/ok', 'busybox', ...SLEEP)
    expect((await health(box)).Status).not.toBe('healthy')
    await out('exec', box, 'touch', '/tmp/ok')
    await becomes(box, 'healthy')
    expect(await out('ps', '--filter', 'health=healthy', '--format', '{{.Names}} {{.Status}}')).toContain('(healthy)')
    const [first] = (await health(box)).Log.slice(-1)
    expect(first).toMatchObject({ ExitCode: 0, Output: 'seen\n' })
    expect(Date.parse(first!.End)).toBeGreaterThanOrEqual(Date.parse(first!.Start))
    await out('exec', box, 'rm', '/tmp/ok')
    await becomes(box, 'unhealthy')
    expect((await health(box)).FailingStreak).toBeGreaterThanOrEqual(2)
    expect(await out('ps', '--filter', 'health=healthy', '-q')).toBe('')
    expect(await healthEvents(box)).toEqual(['health_status: healthy', 'health_status: unhealthy'])
    await out('stop', '-t', '0', box)
    expect((await health(box)).Status).toBe('unhealthy')
    await out('start', box)
    await out('exec', box, 'touch', '/tmp/ok')
    await becomes(box, 'healthy')
    await out('rm', '-f', box)
  })

  test('none, where the image or the user says so', async () => {
    await out('run', '-d', '--name', 'h2', '--no-healthcheck', 'busybox', ...SLEEP)
    expect(await out('inspect', '-f', '{{.State.Health}}', 'h2')).toBe('<nil>')
    expect(await out('ps', '--filter', 'health=none', '--filter', 'name=h2', '-q')).not.toBe('')
    await out('rm', '-f', 'h2')
  })
})

test('a check over its time is killed and fails, with what it had printed', async () => {
  const check = ['--health-interval', '50ms', '--health-timeout', '200ms', '--health-retries', '1']
  await berth().out(
    'run',
    '-d',
    '--name',
    'slow',
    ...check,
    '--health-cmd',
    'echo waiting; sleep 77',
    'busybox',
    ...SLEEP,
  )
  await becomes('slow', 'unhealthy')
  const [last] = (await health('slow')).Log.slice(-1)
  expect(last).toMatchObject({ ExitCode: -1, Output: 'Health check exceeded timeout (200ms): waiting\n' })
  const top = await berth().out('top', 'slow')
  expect(top.split('\n').filter(line => / sleep 77$/.test(line)).length).toBeLessThanOrEqual(1)
  await remove('slow')
})

test('a program that is not there fails the check and says which', async () => {
  const body = { Image: 'busybox', Cmd: SLEEP, Healthcheck: { Test: ['CMD', 'nosuch'], Interval: 5e7, Retries: 1 } }
  await daemon.api('POST', '/containers/create?name=absent', body)
  await berth().out('start', 'absent')
  await becomes('absent', 'unhealthy')
  expect((await health('absent')).Log.at(-1)?.Output).toContain('exec: "nosuch": executable file not found in $PATH')
  await remove('absent')
})

test('output is kept up to 4096 bytes, however much there is', async () => {
  const loud = 'dd if=/dev/zero bs=1k count=500 2>/dev/null | tr "\\0" x'
  await berth().out('run', '-d', '--name', 'loud', ...QUICK, '--health-cmd', loud, 'busybox', ...SLEEP)
  await becomes('loud', 'healthy')
  expect((await health('loud')).Log[0]?.Output).toBe(`${'x'.repeat(4096)}...`)
  await remove('loud')
})

test('a check runs as confined as the container: its user, environment, directory and capabilities', async () => {
  const cmd = 'id -u; pwd; echo $A; grep CapEff /proc/self/status; echo $SECRET_OF_DAEMON'
  const as = ['-u', '1000', '-w', '/tmp', '-e', 'A=b', '--read-only']
  await berth().out('run', '-d', '--name', 'user', ...as, ...QUICK, '--health-cmd', cmd, 'busybox', ...SLEEP)
  await becomes('user', 'healthy')
  expect((await health('user')).Log[0]?.Output).toBe('1000\n/tmp\nb\nCapEff:\t0000000000000000\n\n')
  await remove('user')
})

test('http and tcp probes need no program in the image', async () => {
  const run = (name: string, ...flags: string[]) =>
    berth().out('run', '-d', '--name', name, ...QUICK, ...flags, 'busybox', 'httpd', '-f', '-p', '8080', '-h', '/etc')
  await run('web', '--health-http', '8080/passwd')
  await run('gone', '--health-http', '8080/nosuch')
  await run('port', '--health-tcp', '8080')
  await run('closed', '--health-tcp', '8081')
  await Promise.all([becomes('web', 'healthy'), becomes('gone', 'unhealthy')])
  await Promise.all([becomes('port', 'healthy'), becomes('closed', 'unhealthy')])
  expect((await health('gone')).Log[0]?.Output).toStartWith('HTTP/1.')
  expect((await health('closed')).Log[0]?.Output).toBe('connect: Connection refused')
  await remove('web', 'gone', 'port', 'closed')
})

test.each([
  [{ Test: ['HTTP', 'http://example.com/'] }, 'neither localhost nor an address'],
  [{ Test: ['TCP', 'nowhere'] }, 'has no port'],
  [{ Test: ['CMD', 'x'], OnFailure: 'explode' }, 'OnFailure in Healthcheck must be'],
  [{ Test: ['CMD', 'x'], Interval: 10 }, 'Interval in Healthcheck cannot be less than 1ms'],
])('%j is refused by name, and nothing is created', async (Healthcheck, message) => {
  const answer = await daemon.api('POST', '/containers/create?name=bad', { Image: 'busybox', Healthcheck })
  expect(answer.status).toBe(400)
  expect(((await answer.json()) as { message: string }).message).toContain(message)
  expect((await daemon.api('GET', '/containers/bad/json')).status).toBe(404)
})

test('--health-on-failure restarts, stops or kills; a restart makes it start anew', async () => {
  const flags = (action: string) => ['--health-on-failure', action, ...QUICK, '--health-cmd', 'test ! -e /tmp/bad']
  const states = { again: 'restart', halted: 'stop', killed: 'kill' }
  for (const [name, action] of Object.entries(states)) {
    await berth().out(
      'run',
      '-d',
      '--tmpfs',
      '/tmp',
      '--name',
      name,
      '--stop-timeout',
      '0',
      ...flags(action),
      'busybox',
      ...SLEEP,
    )
  }
  await Promise.all(Object.keys(states).map(name => becomes(name, 'healthy')))
  const pid = await berth().out('inspect', '-f', '{{.State.Pid}}', 'again')
  for (const name of Object.keys(states)) await berth().out('exec', name, 'touch', '/tmp/bad')
  const field = (name: string, format: string) => berth().out('inspect', '-f', `{{.State.${format}}}`, name)
  await until('halted has stopped', async () => (await field('halted', 'Status')) === 'exited')
  await until('killed is dead', async () => (await field('killed', 'ExitCode')) === '137')
  await until('again runs anew', async () => ![pid, '0'].includes(await field('again', 'Pid')))
  await becomes('again', 'healthy')
  await remove(...Object.keys(states))
})

test('a paused container is not asked and keeps its status', async () => {
  await berth().out('run', '-d', '--name', 'iced', ...QUICK, '--health-cmd', 'true', 'busybox', ...SLEEP)
  await becomes('iced', 'healthy')
  await berth().out('pause', 'iced')
  const before = (await health('iced')).Log.at(-1)
  await Bun.sleep(300)
  expect(await health('iced')).toMatchObject({ Status: 'healthy' })
  expect((await health('iced')).Log.at(-1)).toEqual(before!)
  await berth().out('unpause', 'iced')
  await until('it is asked again', async () => (await health('iced')).Log.at(-1)?.End !== before?.End)
  await remove('iced')
})

test('a prober that is killed in its container is replaced', async () => {
  await berth().out('run', '-d', '--name', 'murder', ...QUICK, '--health-cmd', 'true', 'busybox', ...SLEEP)
  await becomes('murder', 'healthy')
  expect(await berth().out('exec', 'murder', 'sh', '-c', 'kill -9 $(pidof berth-health) && echo killed')).toBe('killed')
  const seen = (await health('murder')).Log.at(-1)?.End
  await until('it is asked again', async () => (await health('murder')).Log.at(-1)?.End !== seen)
  expect((await health('murder')).Status).toBe('healthy')
  await remove('murder')
})

test('health survives kill -9 of the daemon: the status stays, checks go on, no prober is left', async () => {
  await berth().out('run', '-d', '--name', 'alive', ...QUICK, '--health-cmd', 'true', 'busybox', ...SLEEP)
  await becomes('alive', 'healthy')
  await daemon.kill()
  await daemon.start()
  expect((await health('alive')).Status).toBe('healthy')
  const seen = (await health('alive')).Log.at(-1)?.End
  await until('it is asked again', async () => (await health('alive')).Log.at(-1)?.End !== seen)
  const probers = (await berth().out('top', 'alive')).split('\n').filter(line => line.includes('berth-health'))
  expect(probers).toHaveLength(1)
  await remove('alive')
})
