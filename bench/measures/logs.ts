import type { Engine } from '../engine.ts'
import { IMAGE, type Measure, timed } from '../measure.ts'

const LINES = 500_000
const write = async ({ run }: Engine) => {
  await run('run', '-d', '--name', 'bench-log', IMAGE, 'sh', '-c', `seq 1 ${LINES}`)
  await run('wait', 'bench-log')
}

export const logMeasures: Measure[] = [
  {
    name: 'logs_write',
    what: '500,000 lines written by a container, to its end',
    rounds: 3,
    once: async engine => {
      const cost = await timed(() => write(engine))
      const last = await engine.run('logs', '--tail', '1', 'bench-log')
      await engine.run('rm', '-f', 'bench-log')
      if (last.trim() !== String(LINES)) throw new Error(`${engine.name} lost lines: the last is ${last}`)
      return cost
    },
  },
  {
    name: 'logs_read',
    what: '500,000 lines read back',
    rounds: 3,
    once: async engine => {
      await write(engine)
      let lines = 0
      const cost = await timed(async () => {
        lines = (await engine.run('logs', 'bench-log')).split('\n').length - 1
      })
      await engine.run('rm', '-f', 'bench-log')
      if (lines !== LINES) throw new Error(`${engine.name}: ${lines} lines came back`)
      return cost
    },
  },
]
