import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientOf } from './clients.ts'
import { type TestDaemon, testDaemon } from './daemon.ts'
import { type TestRegistry, testRegistry } from './registry.ts'
import { must } from './run.ts'
import { untruthsOf } from './truth.ts'
import { until } from './until.ts'

/** What is done while the daemon is killed; it fails when the daemon goes. `before` is done while nothing is killed yet. */
type Scenario = {
  before?: (daemon: TestDaemon) => Promise<TestRegistry>
  run: (daemon: TestDaemon, registry?: TestRegistry) => Promise<unknown>
  /** It is done once more after the kill, and has to succeed. */
  isRepeatable?: boolean
}

export const SCENARIOS: Record<string, Scenario> = {
  'create, start, stop, rm': { run: createToRemove },
  'run --rm': { run: daemon => clientOf(daemon, 'docker').out('run', '--rm', 'busybox', 'true') },
  'tag, save, rmi, load': { run: saveAndLoad },
  'commit, rmi': { run: commitAndRemove },
  'update of ports and labels': { run: updatePorts },
  'networks: create, connect, disconnect, rm': { run: changeNetworks },
  'build, prune of its cache': { run: buildAndPrune, isRepeatable: true },
  'prune of containers, images, volumes': { run: pruneAll },
  push: {
    before: () => testRegistry(),
    run: (daemon, registry) => commitAndPush(daemon, registry!),
  },
  pull: {
    before: registryWithImage,
    run: (daemon, registry) => clientOf(daemon, 'docker').out('pull', `${registry?.address}/team/unique:1`),
  },
}

async function createToRemove(daemon: TestDaemon): Promise<void> {
  const { out } = clientOf(daemon, 'docker')
  const mounts = ['-v', '/anonymous', '-v', 'named:/n']
  await out('create', '--name', 'one', '-p', '127.0.0.1:0:80', ...mounts, 'busybox', 'sleep', '1000')
  await out('start', 'one')
  await out('stop', '-t', '0', 'one')
  await out('rm', '-v', 'one')
}

async function saveAndLoad(daemon: TestDaemon): Promise<void> {
  const { cli, out } = clientOf(daemon, 'docker')
  await out('tag', 'busybox', 'other:1')
  const input = Buffer.from(await (await daemon.api('GET', '/v1.44/images/other:1/get')).arrayBuffer())
  await out('rmi', 'other:1')
  await out('rmi', 'busybox:latest')
  if ((await cli(['load'], { input })).code !== 0) throw new Error('not loaded')
}

/** Of a container that runs, and so is paused meanwhile. */
async function commitAndRemove(daemon: TestDaemon): Promise<void> {
  const { out } = clientOf(daemon, 'docker')
  await out('run', '-d', '--name', 'one', 'busybox', 'sh', '-c', 'date >/made; sleep 1000')
  await out('commit', 'one', 'committed:1')
  await out('rmi', 'committed:1')
}

const DOCKERFILE = `FROM busybox AS one
RUN --mount=type=cache,target=/c echo one >/one; echo x >>/c/x; dd if=/dev/zero of=/big bs=64k count=16 2>/dev/null
FROM busybox
WORKDIR /w
COPY file .
COPY --from=one /one /big /out/
RUN cat /out/one file >/all
`

/** What comes out is right, whatever a killed daemon has left in the cache. */
async function buildAndPrune(daemon: TestDaemon): Promise<void> {
  const { out } = clientOf(daemon, 'docker')
  const directory = mkdtempSync(join(tmpdir(), 'berth-kill-build-'))
  try {
    writeFileSync(join(directory, 'Dockerfile'), DOCKERFILE)
    writeFileSync(join(directory, 'file'), 'two\n')
    await out('build', '-t', 'built:1', directory)
    const said = await out('run', '--rm', 'built:1', 'sh', '-c', 'cat /all; stat -c %s /out/big')
    if (said !== 'one\ntwo\n1048576') throw new Error(`the image that was built says ${JSON.stringify(said)}`)
    await out('rmi', 'built:1')
    await out('builder', 'prune', '-af')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function updatePorts(daemon: TestDaemon): Promise<void> {
  const { out } = clientOf(daemon, 'berth')
  await out('run', '-d', '--name', 'one', '-p', '127.0.0.1:0:80', 'busybox', 'sleep', '1000')
  await out('update', '--publish-add', '127.0.0.1:0:81', '--label-add', 'a=1', 'one')
  await out('update', '--publish-rm', '80', 'one')
}

async function changeNetworks(daemon: TestDaemon): Promise<void> {
  const { out } = clientOf(daemon, 'docker')
  await out('network', 'create', 'net')
  await out('run', '-d', '--name', 'one', '-p', '127.0.0.1:0:80', 'busybox', 'sleep', '1000')
  await out('network', 'connect', 'net', 'one')
  await out('network', 'disconnect', 'bridge', 'one')
  await out('rm', '-f', 'one')
  await out('network', 'rm', 'net')
}

async function pruneAll(daemon: TestDaemon): Promise<void> {
  const { out } = clientOf(daemon, 'docker')
  for (let i = 0; i < 3; i++) await out('create', '-v', '/anonymous', 'busybox')
  await out('run', '--name', 'one', 'busybox', 'sh', '-c', 'date >/made')
  await out('commit', 'one')
  for (const noun of ['container', 'image', 'volume']) await out(noun, 'prune', '-f')
}

/** Of an image whose layer has no blob yet. */
async function commitAndPush(daemon: TestDaemon, registry: TestRegistry): Promise<void> {
  const { cli, out } = clientOf(daemon, 'docker')
  await cli(['rm', '-f', 'one'])
  await out('run', '--name', 'one', 'busybox', 'sh', '-c', 'date >/made')
  await out('commit', 'one', `${registry.address}/pushed:1`)
  await out('push', `${registry.address}/pushed:1`)
}

/** A registry with an image whose layer the daemon does not have. */
async function registryWithImage(daemon: TestDaemon): Promise<TestRegistry> {
  const registry = await testRegistry()
  const directory = mkdtempSync(join(tmpdir(), 'berth-unique-'))
  const archive = join(directory, 'unique.tar')
  await must(['bash', '-c', `date +%N > ${directory}/file; tar -C ${directory} -cf ${directory}/root.tar file`])
  await must(['docker', '-H', daemon.host, 'import', `${directory}/root.tar`, 'unique:1'])
  await must(['docker', '-H', daemon.host, 'save', '-o', archive, 'unique:1'])
  await must(['docker', '-H', daemon.host, 'rmi', 'unique:1'])
  const target = `docker://${registry.address}/team/unique:1`
  await must([
    'skopeo',
    '--insecure-policy',
    'copy',
    '-q',
    '--dest-tls-verify=false',
    `docker-archive:${archive}`,
    target,
  ])
  rmSync(directory, { recursive: true })
  return registry
}

/** Kills the daemon at its `count`-th step of a scenario and starts it again. Not killed once the scenario has fewer steps. */
export async function killedAt(name: string, count: number): Promise<{ killed: boolean; untruths: string[] }> {
  const scenario = SCENARIOS[name]
  if (!scenario) throw new Error(`no scenario ${name}`)
  await using daemon = await testDaemon({ env: { BERTH_KILL_AT_STEP: String(count) } })
  await using registry = await scenario.before?.(daemon)
  process.kill(daemon.pid(), 'SIGUSR2')
  const killed = await scenario.run(daemon, registry).then(
    () => false,
    () => true,
  )
  // Also where the scenario was over before: the steps that are left must not fall into the daemon's end.
  await daemon.kill()
  if (!killed) return { killed, untruths: [] }
  await daemon.start()
  await until('clearing up is over', async () => (await untruthsOf(daemon)).length === 0, 4_000).catch(() => undefined)
  return { killed, untruths: [...(await untruthsOf(daemon)), ...(await tryAgain(daemon, scenario, registry))] }
}

/** Everything that was asked for can be asked for again, and a new container runs. */
async function tryAgain(daemon: TestDaemon, scenario: Scenario, registry?: TestRegistry): Promise<string[]> {
  const { cli } = clientOf(daemon, 'docker')
  await cli(['rm', '-f', '-v', 'one'])
  if (registry || scenario.isRepeatable)
    return scenario.run(daemon, registry).then(
      () => [],
      failure => [`again: ${failure.message}`],
    )
  const { code, stderr } = await cli(['run', '--rm', '--name', 'one', 'busybox', 'true'])
  return code === 0 || stderr.includes('Unable to find image') ? [] : [`a new container: ${stderr}`]
}
