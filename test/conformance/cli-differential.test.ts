import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import type { Result } from '../kit/run.ts'
import { CLI_LINES } from './cli-lines.ts'
import { wordsOf } from './command-words.ts'

/** The same command line to stock docker and to `berth`, against the same daemon: what is told has to be the same. */
let daemon: TestDaemon
let directory: string
beforeAll(async () => {
  directory = mkdtempSync(`${tmpdir()}/cli-differential-`)
  daemon = await testDaemon()
  const run = [
    'run',
    '-d',
    '--name',
    'cli-a',
    '-p',
    '127.0.0.1::80',
    '-l',
    'x=y',
    '-l',
    'a.b=c',
    'busybox',
    'sleep',
    '1000',
  ]
  await insist(await daemon.docker(run))
  const script = 'echo hi; echo err >&2; exit 3'
  await insist(
    await daemon.docker([
      'create',
      '--name',
      'cli-b',
      '-v',
      'clivol:/data',
      '-e',
      'A=1',
      'busybox',
      'sh',
      '-c',
      script,
    ]),
  )
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

function insist(result: Result): void {
  if (result.code !== 0) throw new Error(result.stderr)
}

/** Names of the program, ids, ages: all that differs from one run, or one program, to the next. */
function comparable({ code, stdout, stderr }: Result) {
  const plain = (text: string) =>
    text
      .replaceAll('berth', 'docker')
      .replaceAll('Berth', 'Docker')
      .replaceAll("SRun 'docker", "Run 'docker")
      .replace(/\b[0-9a-f]{64}\b/g, 'ID')
      .replace(/\b(\d+ (seconds?|minutes?)|Less than a second|About a minute)( ago)?/g, 'T')
      .replace(/ {3,}/g, '   ')
  return { code, stdout: plain(stdout), stderr: plain(stderr) }
}

describe('docker and berth answer alike', () => {
  for (const line of CLI_LINES) {
    test(line, async () => {
      const args = wordsOf(line)
      const [docker, berth] = [
        await daemon.docker(args, { cwd: directory }),
        await daemon.berth(args, { cwd: directory }),
      ]
      expect(comparable(berth)).toEqual(comparable(docker))
    })
  }
})
