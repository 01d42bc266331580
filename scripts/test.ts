/** Runs the checks and the tests side by side, searches for what they left behind, and prints one closing line. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'

type Outcome = { name: string; passed: number; failed: number; skipped: number; output: string; seconds: number }

const ROOT = join(import.meta.dir, '..')
const BUN = process.execPath
const LANES = 2
const FILE_DEADLINE_MS = 300_000
const PATTERNS = process.argv.slice(2)

type Job = { name: string; argv: string[]; counts: boolean }

/** Longest first, so that the lanes end together: the integration files, then units, then the checks. */
function plan(): Job[] {
  const files = [...new Glob('test/{integration,conformance,security}/**/*.test.ts').scanSync(ROOT)].toSorted()
  const units = ['src', 'scripts', 'test/architecture']
    .flatMap(folder => [...new Glob(`${folder}/**/*.test.ts`).scanSync(ROOT)])
    .toSorted()
  const jobs: Job[] = files.map(file => ({ name: file, argv: test(file), counts: true }))
  for (const part of thirds(units))
    jobs.push({ name: `${part.length} unit test files`, argv: test(...part), counts: true })
  jobs.push({ name: 'types', argv: [BUN, 'x', 'tsc', '--noEmit'], counts: false })
  jobs.push({ name: 'lint', argv: [BUN, 'x', 'biome', 'check', '.'], counts: false })
  jobs.push({ name: 'unused', argv: [BUN, 'x', 'knip', '--no-progress'], counts: false })
  return PATTERNS.length === 0 ? jobs : jobs.filter(({ name }) => PATTERNS.some(pattern => name.includes(pattern)))
}

const test = (...files: string[]): string[] => [BUN, 'test', '--timeout', '60000', ...files.map(file => `./${file}`)]

function thirds(files: string[]): string[][] {
  const parts = [0, 1, 2].map(place => files.filter((_, index) => index % 3 === place))
  return parts.filter(part => part.length > 0)
}

async function runAll(jobs: Job[]): Promise<Outcome[]> {
  const queue = [...jobs]
  const done: Outcome[] = []
  const lane = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) done.push(await runJob(job))
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return done
}

async function runJob({ name, argv, counts }: Job): Promise<Outcome> {
  const started = performance.now()
  const child = Bun.spawn(argv, {
    cwd: ROOT,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, FORCE_COLOR: '0' },
  })
  const deadline = setTimeout(() => child.kill('SIGKILL'), FILE_DEADLINE_MS)
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  clearTimeout(deadline)
  const output = stdout + stderr
  const outcome = {
    name,
    ...(counts ? counted(output, code) : verdict(code)),
    output,
    seconds: (performance.now() - started) / 1000,
  }
  announce(outcome)
  return outcome
}

function counted(output: string, code: number): Pick<Outcome, 'passed' | 'failed' | 'skipped'> {
  const number = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(output)?.[1] ?? 0)
  const failed = number('fail')
  return {
    passed: number('pass'),
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: number('skip') + number('todo'),
  }
}

const verdict = (code: number) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 })

function announce({ name, passed, failed, skipped, output, seconds }: Outcome): void {
  console.log(
    `${failed ? 'FAILED' : 'ok    '} ${name}: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''} (${seconds.toFixed(1)} s)`,
  )
  if (failed)
    console.log(
      output
        .split('\n')
        .filter(line => !line.startsWith('(pass)'))
        .join('\n'),
    )
}

/** What a test may not change on the machine: mounts, namespaces, interfaces, firewall tables, cgroups. */
async function machineState(): Promise<Set<string>> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => `mount ${line.split(' ')[4]}`)
  const links = readdirSync('/sys/class/net').map(name => `interface ${name}`)
  const tables = await printed(['nft', 'list', 'tables'])
  const namespaces = await printed(['ip', 'netns', 'list'])
  return new Set([...mounts, ...links, ...tables, ...namespaces, ...cgroups()])
}

function cgroups(): string[] {
  const roots = readdirSync('/sys/fs/cgroup', { withFileTypes: true }).filter(entry => entry.isDirectory())
  const nested = roots.flatMap(({ name }) =>
    readdirSync(`/sys/fs/cgroup/${name}`).map(entry => `cgroup ${name}/${entry}`),
  )
  return nested.filter(path => path.includes('berth'))
}

async function printed(argv: string[]): Promise<string[]> {
  const child = Bun.spawn(argv, { stdout: 'pipe', stderr: 'ignore' })
  return (await new Response(child.stdout).text()).split('\n').map(line => `${argv[0]} ${line}`)
}

const EXPECTED = /^mount \/sys\/fs\/cgroup\//
const difference = (old: Set<string>, now: Set<string>): string[] =>
  [...now].filter(item => !old.has(item) && !EXPECTED.test(item))

function report(outcomes: Outcome[], left: string[]): never {
  const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0)
  if (left.length > 0) console.log(`LEFT BEHIND by the whole run:\n${left.join('\n')}`)
  const failed = sum('failed') + (left.length > 0 ? 1 : 0)
  const skipped = sum('skipped')
  console.log(
    `${sum('passed') + (left.length > 0 ? 0 : 1)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  )
  process.exit(failed === 0 ? 0 : 1)
}

const before = await machineState()
const outcomes = await runAll(plan())
const left = difference(before, await machineState())
report(outcomes, left)
