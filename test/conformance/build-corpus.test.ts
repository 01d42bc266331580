import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { busyboxTar } from '../kit/busybox.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { must, run } from '../kit/run.ts'
import { writeContext } from './build-corpus/context.ts'
import { CORPUS } from './build-corpus/corpus.ts'
import { imageFacts } from './build-corpus/image-facts.ts'

/** BERTH_PEER names the address of a Docker to compare with (see peer.test.ts); without it the corpus is only built. */
const PEER = process.env['BERTH_PEER']
const IMAGE = 'build-corpus-busybox:1'
const MADE = 'build-corpus-made:1'

let daemon: TestDaemon
let scratch: string
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'berth-corpus-'))
  daemon = await testDaemon({ image: false })
  using tar = await busyboxTar()
  for (const host of [daemon.host, ...(PEER ? [PEER] : [])])
    await must(['docker', '-H', host, 'import', '-c', 'CMD ["sh"]', tar.path, IMAGE])
})
afterAll(async () => {
  if (PEER) await run(['docker', '-H', PEER, 'rmi', '-f', IMAGE, MADE])
  await daemon[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true, force: true })
})

describe('the corpus of Dockerfiles', () => {
  test.each(Object.keys(CORPUS))('%s', async name => {
    const wanted = CORPUS[name]!
    const directory = await writeContext(scratch, wanted, IMAGE)
    const build = ['build', '-q', '-t', MADE, ...(wanted.flags ?? []), directory]
    await must(['docker', '-H', daemon.host, ...build], { env: { DOCKER_BUILDKIT: '0' } })
    const own = await imageFacts(daemon.host, MADE)
    expect(own.files.length).toBeGreaterThan(0)
    if (!PEER || wanted.isNew) return
    // What is named by `# syntax=` would have to be pulled there.
    await must(['sed', '-i', '/^# syntax=/d', join(directory, 'Dockerfile')])
    await must(['docker', '-H', PEER, ...build], { env: { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } })
    const theirs = await imageFacts(PEER, MADE)
    expect(own).toEqual(theirs)
  })
})
