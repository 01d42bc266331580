/**
 * Puts the same work to our daemon and, when one is given, to another engine in turn (A B A B …), and prints medians and ratios.
 * usage: npm run bench -- --a unix:///run/berth/berth.sock [--b unix:///var/run/docker.sock] [--only run,exec] [--cli-a docker]
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Engine, engineAt } from './engine.ts'
import { BIG_IMAGE, IMAGE, type Measure } from './measure.ts'
import { apiMeasures } from './measures/api.ts'
import { buildMeasures } from './measures/builds.ts'
import { containerMeasures } from './measures/containers.ts'
import { healthMeasures } from './measures/health.ts'
import { imageMeasures } from './measures/images.ts'
import { logMeasures } from './measures/logs.ts'
import { memoryMeasures } from './measures/memory.ts'

const MEASURES = [
  ...memoryMeasures,
  ...containerMeasures,
  ...logMeasures,
  ...imageMeasures,
  ...buildMeasures,
  ...healthMeasures,
  ...apiMeasures,
]
const BIG_BYTES = 160 * 1024 * 1024

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      a: { type: 'string', default: 'unix:///run/berth/berth.sock' },
      b: { type: 'string' },
      'cli-a': { type: 'string', default: 'docker' },
      'cli-b': { type: 'string', default: 'docker' },
      only: { type: 'string' },
    },
  })
  const engines = [engineAt('berth', values.a, values['cli-a'])]
  if (values.b) engines.push(engineAt('peer', values.b, values['cli-b']))
  for (const engine of engines) await prepare(engine)
  const chosen = values.only?.split(',')
  for (const measure of MEASURES)
    if (!chosen || chosen.includes(measure.name)) console.log(await line(measure, engines))
}

/** Both engines get the same two images: a small one, and one of Debian's size with a few thousand files. */
async function prepare(engine: Engine): Promise<void> {
  if (!(await engine.run('images', '-q', IMAGE)).trim()) {
    await engine.feed(await output(['bash', join(import.meta.dir, '../scripts/busybox-root.sh')]), 'import', '-', IMAGE)
  }
  if (!(await engine.run('images', '-q', BIG_IMAGE)).trim())
    await engine.feed(await bigRoot(), 'import', '-', BIG_IMAGE)
}

const output = async (argv: string[]): Promise<Blob> => new Response(Bun.spawn(argv, { stdout: 'pipe' }).stdout).blob()

async function bigRoot(): Promise<Blob> {
  const make = `set -e; d=$(mktemp -d); trap 'rm -rf $d' EXIT; cd $d
for i in $(seq 0 69); do mkdir d$i; for j in $(seq 0 99); do echo "$i $j" > d$i/f$j; done; done
head -c ${BIG_BYTES} /dev/urandom > big; tar -cf - .`
  return output(['bash', '-c', make])
}

async function line(measure: Measure, engines: Engine[]): Promise<string> {
  const values = engines.map((): number[] => [])
  for (let round = 0; round <= measure.rounds; round++) {
    for (const [place, engine] of engines.entries()) {
      const cost = await measure.once(engine)
      if (round > 0 || measure.rounds === 1) values[place]?.push(cost)
    }
  }
  const medians = values.map(median)
  const shown = medians
    .map((value, place) => `${engines[place]?.name} ${value.toFixed(1)} ${measure.unit ?? 'ms'}`)
    .join('   ')
  const ratio = medians.length === 2 ? `   ratio ${((medians[0] ?? 0) / (medians[1] ?? 1)).toFixed(2)}` : ''
  return `${measure.name.padEnd(12)} ${shown}${ratio}   (${measure.what})`
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

await main()
