import { clientOf } from './clients.ts'
import { type TestDaemon, testDaemon } from './daemon.ts'
import { untruthsOf } from './truth.ts'
import { until } from './until.ts'

/** What is done while the daemon is killed; each ends in an error when the daemon goes. */
export const SCENARIOS: Record<string, (daemon: TestDaemon) => Promise<unknown>> = {
  'create, start, stop, rm': async daemon => {
    const { out } = clientOf(daemon, 'docker')
    await out(
      'create',
      '--name',
      'one',
      '-p',
      '127.0.0.1:0:80',
      '-v',
      '/anonymous',
      '-v',
      'named:/n',
      'busybox',
      'sleep',
      '1000',
    )
    await out('start', 'one')
    await out('stop', '-t', '0', 'one')
    await out('rm', '-v', 'one')
  },
  'run --rm': async daemon => clientOf(daemon, 'docker').out('run', '--rm', 'busybox', 'true'),
  'tag, save, rmi, load': async daemon => {
    const { cli, out } = clientOf(daemon, 'docker')
    await out('tag', 'busybox', 'other:1')
    const archive = Buffer.from(await (await daemon.api('GET', '/v1.44/images/other:1/get')).arrayBuffer())
    await out('rmi', 'other:1')
    await out('rmi', 'busybox:latest')
    if ((await cli(['load'], { input: archive })).code !== 0) throw new Error('not loaded')
  },
}

/** Kills the daemon at its `count`-th step of a scenario and starts it again. False once the scenario has fewer steps. */
export async function killedAt(scenario: string, count: number): Promise<{ killed: boolean; untruths: string[] }> {
  await using daemon = await testDaemon({ env: { BERTH_KILL_AT_STEP: String(count) } })
  process.kill(daemon.pid(), 'SIGUSR2')
  const went = await SCENARIOS[scenario]?.(daemon).then(
    () => true,
    () => false,
  )
  // Also where the scenario was over before: the steps that are left must not fall into the daemon's end.
  await daemon.kill()
  if (went) return { killed: false, untruths: [] }
  await daemon.start()
  await settled(daemon)
  const untruths = await untruthsOf(daemon)
  const { cli } = clientOf(daemon, 'docker')
  await cli(['rm', '-f', '-v', 'one'])
  const fresh = await cli(['run', '--rm', '--name', 'one', 'busybox', 'true'])
  if (fresh.code !== 0 && !fresh.stderr.includes('No such image') && !fresh.stderr.includes('Unable to find image'))
    untruths.push(`a new container: ${fresh.stderr}`)
  return { killed: true, untruths }
}

/** Clearing up goes on behind the first answers: it is over when two looks agree. */
async function settled(daemon: TestDaemon): Promise<void> {
  await until('clearing up is over', async () => (await untruthsOf(daemon)).length === 0, 4_000).catch(() => undefined)
}
