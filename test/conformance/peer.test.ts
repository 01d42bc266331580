import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { busyboxTar } from '../kit/busybox.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { must, type Result, run } from '../kit/run.ts'
import { wordsOf } from './command-words.ts'
import { DIFFERENT, SCENES } from './peer-lines.ts'

/**
 * The same commands to Berth and to Docker itself, by the stock CLI: BERTH_PEER names Docker's address, such as
 * unix:///var/run/docker.sock. Without it there is nothing to compare with, and these tests are left out.
 */
const PEER = process.env['BERTH_PEER']
const IMAGE = 'peer-test-busybox:1'
const PREFIX = 'peertest'

let daemon: TestDaemon
let scratch: string
beforeAll(async () => {
  if (!PEER) return
  scratch = mkdtempSync(join(tmpdir(), 'berth-peer-'))
  daemon = await testDaemon({ image: false })
  using tar = await busyboxTar()
  for (const host of [PEER, daemon.host])
    await must(['docker', '-H', host, 'import', '-c', 'CMD ["sh"]', tar.path, IMAGE])
})
afterAll(async () => {
  if (!PEER) return
  await run(['docker', '-H', PEER, 'rmi', '-f', IMAGE])
  await daemon[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true, force: true })
})

async function play(host: string, lines: string[], scene: number): Promise<string[]> {
  const directory = mkdtempSync(join(scratch, 'scene-'))
  const told: string[] = []
  for (const line of lines) {
    const words = wordsOf(line).map(word =>
      word.replaceAll('$N', `${PREFIX}${scene}`).replaceAll('$T', directory).replaceAll('IMG', IMAGE),
    )
    const result = await run(['docker', '-H', host, ...words], { cwd: directory })
    told.push(comparable(line, result, directory))
  }
  return told
}

/** One line of the report: what was asked, how it ended and what was said, without what differs from run to run. */
function comparable(line: string, { code, stdout, stderr }: Result, directory: string): string {
  const plain = (text: string) =>
    text
      .replaceAll(directory, '$T')
      .replace(/\b(sha256:)?[0-9a-f]{64}\b/g, 'ID')
      .replace(/\b[0-9a-f]{12}\b/g, 'ID')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, 'TIME')
      .replace(/\b(\d+ (seconds?|minutes?)|Less than a second|About a minute)( ago)?/g, 'AGO')
      .replace(/\b(127\.0\.0\.1|0\.0\.0\.0|\[::\]):\d{4,5}\b/g, '$1:PORT')
      .replaceAll('runc create failed', 'crun create failed')
      .replace(/172\.\d+\.\d+\.\d+/g, 'ADDRESS')
      .trimEnd()
  // The order of what is told of a file system is the engine's.
  const sorted = line.startsWith('diff ')
    ? (text: string) => text.split('\n').toSorted().join('\n')
    : (text: string) => text
  return `$ ${line}\n${sorted(plain(stdout))}\n${plain(stderr)}\nexit ${code}`
}

describe.skipIf(!PEER)('Berth and Docker do the same', () => {
  for (const [scene, [name, text]] of Object.entries(SCENES).entries()) {
    const lines = text.split('\n').filter(Boolean)
    test(name, async () => {
      const [docker, berth] = await Promise.all([play(PEER!, lines, scene), play(daemon.host, lines, scene)])
      const differing = lines.flatMap((line, place) =>
        line in DIFFERENT || berth[place] === docker[place] ? [] : [{ docker: docker[place], berth: berth[place] }],
      )
      expect(differing).toEqual([])
    }, 300_000)
  }
})
