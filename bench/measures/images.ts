import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../engine.ts'
import { BIG_IMAGE, type Measure, timed } from '../measure.ts'

const archiveOf = ({ name }: Engine) => join(tmpdir(), `berth-bench-${process.pid}-${name}.tar`)
const withArchive = async (engine: Engine, work: (path: string) => Promise<number>): Promise<number> => {
  const path = archiveOf(engine)
  try {
    return await work(path)
  } finally {
    rmSync(path, { force: true })
  }
}

export const imageMeasures: Measure[] = [
  {
    name: 'save',
    what: 'save of an image of Debian’s size',
    rounds: 3,
    once: engine => withArchive(engine, path => timed(() => engine.run('save', '-o', path, BIG_IMAGE))),
  },
  {
    name: 'load',
    what: 'load of the same',
    rounds: 3,
    once: engine =>
      withArchive(engine, async path => {
        await engine.run('save', '-o', path, BIG_IMAGE)
        await engine.run('rmi', '-f', BIG_IMAGE)
        return timed(() => engine.run('load', '-i', path))
      }),
  },
]
