import { IMAGE, type Measure, timed, withSleeper } from '../measure.ts'

export const containerMeasures: Measure[] = [
  {
    name: 'run',
    what: 'run --rm of `true` on the default network',
    rounds: 9,
    once: ({ run }) => timed(() => run('run', '--rm', IMAGE, 'true')),
  },
  {
    name: 'run_nonet',
    what: 'run --rm of `true` without network',
    rounds: 9,
    once: ({ run }) => timed(() => run('run', '--rm', '--network', 'none', IMAGE, 'true')),
  },
  {
    name: 'run_d',
    what: 'run -d until the command line returns',
    rounds: 9,
    once: async ({ run }) => {
      const cost = await timed(() => run('run', '-d', '--name', 'bench-one', IMAGE, 'sleep', '1000'))
      await run('rm', '-f', 'bench-one')
      return cost
    },
  },
  {
    name: 'rm',
    what: 'rm -f of a running container',
    rounds: 9,
    once: async ({ run }) => {
      await run('run', '-d', '--name', 'bench-one', IMAGE, 'sleep', '1000')
      return timed(() => run('rm', '-f', 'bench-one'))
    },
  },
  {
    name: 'exec',
    what: 'exec of `true`',
    rounds: 9,
    once: engine => withSleeper(engine, name => timed(() => engine.run('exec', name, 'true'))),
  },
  { name: 'ps', what: 'ps -a', rounds: 9, once: ({ run }) => timed(() => run('ps', '-a')) },
  {
    name: 'par20',
    what: '20 detached starts by 10 clients',
    rounds: 3,
    once: async ({ run }) => {
      const names = Array.from({ length: 20 }, (_, index) => `bench-many${index}`)
      const queue = [...names]
      const client = async () => {
        for (let name = queue.pop(); name; name = queue.pop())
          await run('run', '-d', '--name', name, IMAGE, 'sleep', '1000')
      }
      const cost = await timed(() => Promise.all(Array.from({ length: 10 }, client)))
      await run('rm', '-f', ...names)
      return cost
    },
  },
]
