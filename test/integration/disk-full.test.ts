import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { testDaemon } from '../kit/daemon.ts'
import { must, run } from '../kit/run.ts'

/** A small filesystem of its own, as the data root of a daemon. */
async function smallDisk(megabytes: number): Promise<{ path: string } & AsyncDisposable> {
  const path = mkdtempSync(join(tmpdir(), 'berth-disk-'))
  await must(['mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await must(['umount', path])
      rmSync(path, { recursive: true })
    },
  }
}

const freeBytes = (path: string): number => {
  const { bfree, bsize } = statfsSync(path)
  return bfree * bsize
}

/** A tar of one file of random bytes, so that nothing can be compressed away. */
const randomTar = async (megabytes: number): Promise<Uint8Array> => {
  const make = `d=$(mktemp -d); trap 'rm -rf $d' EXIT; head -c ${megabytes}M /dev/urandom > $d/big; tar -C $d -cf - .`
  return new Uint8Array(await new Response(Bun.spawn(['bash', '-c', make], { stdout: 'pipe' }).stdout).arrayBuffer())
}

describe('a full disk', () => {
  test('an image that does not fit is refused with a clear error, and its space is given back', async () => {
    await using disk = await smallDisk(48)
    await using daemon = await testDaemon({ parent: disk.path })
    const { cli, out } = clientOf(daemon, 'docker')
    const before = freeBytes(disk.path)
    const refused = await cli(['import', '-', 'too:big'], { input: await randomTar(60) })
    expect(refused.code).toBe(1)
    expect(refused.stderr + refused.stdout).toMatch(/no space left on device/i)
    expect(before - freeBytes(disk.path)).toBeLessThan(1024 * 1024)
    expect(await out('images', '-q', 'too')).toBe('')
    expect(readdirSync(join(daemon.instance.dataRoot, 'tmp'))).toEqual([])
    expect(await out('run', '--rm', 'busybox', 'echo', 'all is well')).toBe('all is well')
  })

  test('containers run on, and removing works, while there is no byte left', async () => {
    await using disk = await smallDisk(48)
    await using daemon = await testDaemon({ parent: disk.path })
    const { cli, out } = clientOf(daemon, 'docker')
    await out(
      'run',
      '-d',
      '--name',
      'filler',
      'busybox',
      'sh',
      '-c',
      'cat /dev/zero > /full; while :; do echo still here; sleep 0.1; done',
    )
    await run([
      'bash',
      '-c',
      `for i in $(seq 100); do [ $(df --output=avail ${disk.path} | tail -1) = 0 ] && exit; sleep 0.1; done`,
    ])
    const refused = await cli(['create', '--name', 'nowhere', 'busybox'])
    expect((await cli(['exec', 'filler', 'echo', 'alive'])).stdout).toBe('alive\n')
    await out('rm', '-f', 'filler')
    if (refused.code === 0) await out('rm', 'nowhere')
    expect(await out('run', '--rm', 'busybox', 'echo', 'again')).toBe('again')
  })
})
