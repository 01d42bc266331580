import type { Engine } from '../engine.ts'
import { IMAGE, type Measure, timed } from '../measure.ts'

const STOPPED = 1000
const STARTS = 20
const AT_ONCE = 10
const COMMIT_FILES = 5000

/** One request over the engine's socket. */
async function api({ host }: Engine, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`http://engine/v1.44${path}`, {
    unix: host.replace(/^unix:\/\//, ''),
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

async function create(engine: Engine, name: string, command: string[]): Promise<string> {
  const made = await api(engine, 'POST', `/containers/create?name=${name}`, { Image: IMAGE, Cmd: command })
  return (made as { Id: string }).Id
}

async function inTurns(names: string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const queue = [...names]
  const client = async () => {
    for (let name = queue.pop(); name; name = queue.pop()) await work(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
}

const named = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `bench-${prefix}${index}`)
const removed = (engine: Engine) => (name: string) => api(engine, 'DELETE', `/containers/${name}?force=1`)

/** The slowest of a hundred inspects while others start containers; asked for in a rhythm, not as fast as can be. */
async function inspectWhileStarting(engine: Engine): Promise<number> {
  const target = await create(engine, 'bench-target', ['true'])
  const names = named('start', STARTS)
  const costs: number[] = []
  let isOver = false
  const starting = inTurns(names, async name => {
    await api(engine, 'POST', `/containers/${await create(engine, name, ['sleep', '1000'])}/start`)
  }).finally(() => {
    isOver = true
  })
  while (!isOver) {
    costs.push(await timed(() => api(engine, 'GET', `/containers/${target}/json`)))
    await Bun.sleep(1)
  }
  await starting
  await inTurns([...names, 'bench-target'], removed(engine))
  costs.sort((a, b) => a - b)
  return costs[Math.floor(costs.length * 0.99)] ?? 0
}

export const apiMeasures: Measure[] = [
  {
    name: 'ps_1000',
    what: `ps -a with ${STOPPED} stopped containers`,
    rounds: 1,
    once: async engine => {
      const names = named('stopped', STOPPED)
      await inTurns(names, name => create(engine, name, ['true']))
      const costs: number[] = []
      for (let round = 0; round < 9; round++) costs.push(await timed(() => engine.run('ps', '-a')))
      await inTurns(names, removed(engine))
      return costs.sort((a, b) => a - b)[4]!
    },
  },
  {
    name: 'inspect_p99',
    what: `inspect while ${STARTS} containers start, the slowest of a hundred`,
    rounds: 5,
    once: inspectWhileStarting,
  },
  {
    name: 'commit',
    what: `commit of a container that has written ${COMMIT_FILES} small files`,
    rounds: 5,
    once: async engine => {
      const script = `mkdir /d; i=0; while [ $i -lt ${COMMIT_FILES} ]; do echo $i >/d/$i; i=$((i+1)); done`
      await engine.run('run', '--name', 'bench-commit', IMAGE, 'sh', '-c', script)
      const cost = await timed(() => engine.run('commit', 'bench-commit', 'bench/commit:1'))
      await engine.run('rm', '-f', 'bench-commit')
      await engine.run('rmi', 'bench/commit:1')
      return cost
    },
  },
]
