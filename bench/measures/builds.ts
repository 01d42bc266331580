import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../engine.ts'
import { IMAGE, type Measure, timed } from '../measure.ts'

const FILES = 5_000
const RUNS = 20

const MANY = `FROM ${IMAGE} AS base
ARG N=0
${Array.from({ length: 8 }, (_, index) => `RUN echo step${index} $N > /s${index}`).join('\n')}
COPY src /src
FROM ${IMAGE}
COPY --from=base /src /src
COPY --from=base /s7 /s7
`
const STAGES = `${['a', 'b', 'c', 'd'].map(name => `FROM ${IMAGE} AS ${name}\nRUN sleep 1; echo ${name} >/${name}`).join('\n')}
FROM ${IMAGE}
${['a', 'b', 'c', 'd'].map(name => `COPY --from=${name} /${name} /`).join('\n')}
`
const STEPS = `FROM ${IMAGE}\n${Array.from({ length: RUNS }, (_, index) => `RUN true ${index}`).join('\n')}\n`

/** A context for as long as `work` takes. */
async function withContext<T>(dockerfile: string, files: number, work: (path: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'berth-bench-build-'))
  try {
    writeFileSync(join(directory, 'Dockerfile'), dockerfile)
    for (let index = 0; index < files; index++) {
      mkdirSync(join(directory, `src/d${index % 50}`), { recursive: true })
      writeFileSync(join(directory, `src/d${index % 50}/f${index}`), `${index}\n`.repeat(50))
    }
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const build = (engine: Engine, path: string, ...flags: string[]) =>
  timed(() => engine.run('build', '-q', '-t', 'bench/built:1', ...flags, path))

export const buildMeasures: Measure[] = [
  {
    name: 'build_cold',
    what: `a build of 11 steps and ${FILES} files, nothing from the cache`,
    rounds: 3,
    once: engine => withContext(MANY, FILES, path => build(engine, path, '--no-cache')),
  },
  {
    name: 'build_warm',
    what: 'the same, everything from the cache',
    rounds: 3,
    once: engine =>
      withContext(MANY, FILES, async path => {
        await build(engine, path)
        return await build(engine, path)
      }),
  },
  {
    name: 'build_stages',
    what: 'four stages of one second each',
    rounds: 3,
    once: engine => withContext(STAGES, 0, path => build(engine, path, '--no-cache')),
  },
  {
    name: 'build_run',
    what: 'one RUN step of `true`',
    rounds: 3,
    once: async engine => (await withContext(STEPS, 0, path => build(engine, path, '--no-cache'))) / RUNS,
  },
]
