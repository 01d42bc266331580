import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestDaemon } from './daemon.ts'
import { run } from './run.ts'

type Listed = { Id: string; State: string; Names: string[] }

/** Compares what a daemon says of its containers with what the machine has; every difference as a sentence. */
export async function untruthsOf(daemon: TestDaemon): Promise<string[]> {
  const containers = (await (await daemon.api('GET', '/v1.44/containers/json?all=1')).json()) as Listed[]
  const running = containers.filter(({ State }) => State === 'running').map(({ Id }) => Id)
  return [
    ...steps(daemon),
    ...directories(
      daemon,
      containers.map(({ Id }) => Id),
    ),
    ...processes(await monitors(daemon), running),
    ...(await answers(daemon, running)),
    ...cgroups(daemon, running),
  ]
}

function directories({ instance }: TestDaemon, ids: string[]): string[] {
  const there = [...listed(join(instance.dataRoot, 'containers')), ...listed(join(instance.execRoot, 'containers'))]
  return [...new Set(there)].filter(name => !ids.includes(name)).map(name => `a directory of no container: ${name}`)
}

/** Of builds, of which none is under way. */
function steps({ instance }: TestDaemon): string[] {
  const there = [...listed(join(instance.dataRoot, 'build/steps')), ...listed(join(instance.execRoot, 'build'))]
  return there.map(name => `a directory of a step that nothing runs: ${name}`)
}

async function monitors({ instance }: TestDaemon): Promise<string> {
  return (await run(['pgrep', '-af', `${instance.execRoot}|${instance.dataRoot}/bin`])).stdout
}

function processes(told: string, running: string[]): string[] {
  const held = [...told.matchAll(/containers\/([0-9a-f]{64})/g)].map(match => match[1] ?? '')
  const ofSteps = [...new Set([...told.matchAll(/exec\/build\/([0-9a-f]{64})/g)].map(match => match[1] ?? ''))]
  const orphans = [...new Set(held)]
    .filter(id => !running.includes(id))
    .map(id => `a process of a container that does not run: ${id}`)
  const steps = ofSteps.map(id => `a process of a step that nothing runs: ${id}`)
  return [
    ...orphans,
    ...steps,
    ...running.filter(id => !held.includes(id)).map(id => `said to run, but nothing holds it: ${id}`),
  ]
}

async function answers(daemon: TestDaemon, running: string[]): Promise<string[]> {
  const told = await Promise.all(
    running.map(async id => ({ id, result: await daemon.docker(['exec', id, 'echo', 'alive']) })),
  )
  return told
    .filter(({ result }) => result.stdout !== 'alive\n')
    .map(({ id, result }) => `said to run, but exec says: ${id} ${result.stderr}`)
}

function cgroups({ instance }: TestDaemon, running: string[]): string[] {
  const roots = ['', '/memory', '/pids', '/unified'].map(name => `/sys/fs/cgroup${name}${instance.cgroupParent}`)
  const there = roots.flatMap(listed).filter(name => /^[0-9a-f]{64}$/.test(name))
  return [...new Set(there)]
    .filter(id => !running.includes(id))
    .map(id => `a cgroup of a container that does not run: ${id}`)
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
