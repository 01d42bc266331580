import { describe, expect, test } from 'bun:test'
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { testDaemon } from '../kit/daemon.ts'
import { freePort } from '../kit/registry.ts'
import { run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

const BERTH = join(import.meta.dir, '../../dist/berth')

describe('daemons', () => {
  test('two stand side by side: each with its bridge, addresses, names and containers', async () => {
    await using first = await testDaemon()
    await using second = await testDaemon()
    const [a, b] = [clientOf(first, 'docker'), clientOf(second, 'docker')]
    await Promise.all(
      [a, b].map(({ out }) => out('run', '-d', '--name', 'same', 'busybox', 'httpd', '-f', '-p', '80', '-h', '/etc')),
    )
    const address = (of: typeof a) =>
      of.out('inspect', '--format', '{{.NetworkSettings.Networks.bridge.IPAddress}}', 'same')
    expect(await address(a)).not.toBe(await address(b))
    expect(await a.out('run', '--rm', 'busybox', 'wget', '-qO-', `http://${await address(a)}/hostname`)).not.toBe('')
    expect(await b.out('ps', '-q')).not.toBe(await a.out('ps', '-q'))
  })

  test('a second one on the same data directory is refused and told who has it', async () => {
    await using daemon = await testDaemon({ image: false })
    const { dataRoot, execRoot } = daemon.instance
    const refused = await run([
      BERTH,
      'daemon',
      '--data-root',
      dataRoot,
      '--exec-root',
      execRoot,
      '--host',
      `unix://${daemon.socket}2`,
      '--pidfile',
      `${daemon.socket}.pid`,
    ])
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain(String(daemon.pid()))
  })

  test('the socket is for root and its group only, the data directory for nobody else', async () => {
    await using daemon = await testDaemon({ image: false })
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o660)
    expect(statSync(daemon.instance.dataRoot).mode & 0o007).toBe(0)
  })

  test('a wrong key, a wrong type and an unknown flag are refused by name', async () => {
    await expect(testDaemon({ image: false, config: { nonsense: 1 } })).rejects.toThrow(/nonsense/)
    await expect(testDaemon({ image: false, config: { debug: 'loud' } })).rejects.toThrow(/debug/)
    await expect(testDaemon({ image: false, flags: ['--nonsense'] })).rejects.toThrow(/nonsense/)
  })

  test('that cannot listen where it was told ends, says why, and leaves nothing', async () => {
    await using daemon = await testDaemon({ image: false })
    const port = await freePort()
    const holder = createServer().listen(port, '127.0.0.1')
    await expect(
      testDaemon({ image: false, flags: ['--host', `tcp://127.0.0.1:${port}`, '--insecure-tcp'] }),
    ).rejects.toThrow(/cannot listen on tcp/)
    holder.close()
    expect((await daemon.api('GET', '/_ping')).status).toBe(200)
  })

  test('200 containers at once, started by 10 clients, all come up and all go', async () => {
    await using daemon = await testDaemon()
    const { out } = clientOf(daemon, 'docker')
    const names = Array.from({ length: 200 }, (_, index) => `many${index}`)
    const queue = [...names]
    const client = async () => {
      for (let name = queue.pop(); name; name = queue.pop())
        await out('run', '-d', '--name', name, 'busybox', 'sleep', '1000')
    }
    await Promise.all(Array.from({ length: 10 }, client))
    expect((await out('ps', '-q')).split('\n')).toHaveLength(200)
    const addresses = await out('inspect', '--format', '{{.NetworkSettings.Networks.bridge.IPAddress}}', ...names)
    expect(new Set(addresses.split('\n')).size).toBe(200)
    await out('rm', '-f', ...names)
    expect(await out('ps', '-aq')).toBe('')
    await until('every link is taken down', async () => !(await run(['ip', '-o', 'link'])).stdout.includes('many'))
  }, 120_000)

  test('without a daemon `run` says how to start one', async () => {
    const result = await run([BERTH, 'run', 'busybox'], { env: { BERTH_HOST: 'unix:///nowhere/berth.sock' } })
    expect(result.code).toBe(125)
    expect(result.stderr).toContain('berth daemon start')
  })
})
