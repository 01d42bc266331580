import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf } from '../../../formats/digest/digest.ts'
import { type Database, openDatabase } from '../../../store/database/database.ts'
import type { BuildProgress, BuildRequest, ReportProgress } from '../contract.ts'
import { buildFaults } from '../faults.ts'
import { BuildHistory } from './build-history.ts'
import { cachedSteps } from './build-record.ts'

let root = ''
let database: Database
let history: BuildHistory
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-history-'))
  database = openDatabase(join(root, 'db'))
  history = new BuildHistory(database, root)
})
afterEach(() => {
  database.close()
  rmSync(root, { recursive: true })
})

const request = (ref: string): BuildRequest =>
  ({ ref, name: 'shop', dockerfile: { name: 'Dockerfile' }, platforms: [], buildArgs: { TOKEN: 'hunter2' } }) as never
const vertex = digestOf('step')
const log = (text: string): BuildProgress => ({ log: { vertex, stream: 1, bytes: Buffer.from(text), timestamp: 5n } })

const record = (ref: string, work: (report: ReportProgress) => void = () => {}) =>
  history.record(
    request(ref),
    () => {},
    async report => {
      work(report)
      return { ref, platforms: [], response: { 'image.name': 'x' } }
    },
  )
const outputOf = async (ref: string) =>
  (await Array.fromAsync(history.logs(ref))).map(({ bytes }) => Buffer.from(bytes).toString()).join('')

test('a build is kept with its steps and its output, and without what its client gave', async () => {
  await record('one', report => {
    report({ vertex: { digest: vertex, inputs: [], name: 'RUN make' } })
    report({ vertex: { digest: vertex, inputs: [], name: 'RUN make', started: 1n, completed: 2n, cached: true } })
    report({ vertex: { digest: digestOf('never'), inputs: [], name: 'never begun' } })
    report(log('made\n'))
  })
  const kept = history.get('one')!
  expect(kept).toMatchObject({
    status: 'completed',
    name: 'shop',
    response: { 'image.name': 'x' },
    steps: [{ name: 'RUN make' }],
  })
  expect([cachedSteps(kept), kept.steps.length]).toEqual([1, 1])
  expect(await outputOf('one')).toBe('made\n')
  expect(JSON.stringify(kept)).not.toContain('hunter2')
})

test('what failed and what was cancelled is told apart', async () => {
  const fail = (ref: string, failure: Error) =>
    record(ref, () => {
      throw failure
    }).catch(() => {})
  await fail('wrong', new Error('broken'))
  await fail('stopped', buildFaults.CANCELLED())
  expect(history.list().map(({ ref, status }) => [ref, status])).toEqual([
    ['stopped', 'canceled'],
    ['wrong', 'error'],
  ])
})

test('a build that ran when the daemon was killed has failed; its output is there as far as it came', async () => {
  const running = history.record(
    request('cut'),
    () => {},
    async report => {
      report(log('half'))
      await Bun.sleep(50)
      throw new Error('never told')
    },
  )
  const again = new BuildHistory(database, root)
  again.recover()
  expect(again.get('cut')).toMatchObject({ status: 'error', error: 'the daemon stopped during the build' })
  await running.catch(() => {})
})

test('only so many are kept, pinned ones in any case, and no file without a record', async () => {
  await record('pinned')
  history.pin('pinned', true)
  for (let count = 0; count < 55; count++) await record(`build${count}`)
  expect(history.list()).toHaveLength(51)
  expect(history.get('pinned')).toBeDefined()
  expect(history.get('build4')).toBeUndefined()
  expect(readdirSync(join(root, 'builds'))).toHaveLength(51)
  expect(history.remove('pinned')).toBeTrue()
  expect(readdirSync(join(root, 'builds'))).toHaveLength(50)
})

test('output without an end is kept to a bound', async () => {
  await record('loud', report => {
    for (let count = 0; count < 40; count++) report(log('x'.repeat(1024 * 1024)))
  })
  const output = await outputOf('loud')
  expect(output.length).toBeLessThan(20 * 1024 * 1024)
  expect(output).toEndWith('was not kept]\n')
})
