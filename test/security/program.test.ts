import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { testDaemon } from '../kit/daemon.ts'
import { lives } from '../kit/hostile.ts'
import { must, run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

const BERTH = join(import.meta.dir, '../../dist/berth')
let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-program-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

describe('the program', () => {
  test('reads no code and no settings from the directory that it is started in [class: debugger and environment]', async () => {
    const marker = join(directory, 'marker')
    writeFileSync(join(directory, 'bunfig.toml'), 'preload = ["./evil.ts"]\n')
    writeFileSync(join(directory, 'evil.ts'), `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')\n`)
    writeFileSync(join(directory, '.env'), 'DOCKER_HOST=tcp://192.0.2.1:1\nBERTH_HOST=tcp://192.0.2.1:1\n')
    writeFileSync(join(directory, 'package.json'), '{"imports":{"#x":"./evil.ts"}}')
    writeFileSync(join(directory, 'tsconfig.json'), '{"compilerOptions":{"paths":{"*":["./evil.ts"]}}}')
    for (const args of [['version'], ['daemon', '--validate', '--config-file', '/dev/null'], ['__unpack', '{}']]) {
      const { stdout, stderr } = await run([BERTH, ...args], {
        cwd: directory,
        env: { DOCKER_HOST: '', BERTH_HOST: '' },
      })
      expect(stdout + stderr).not.toContain('192.0.2.1')
    }
    expect(readdirSync(directory)).not.toContain('marker')
  })

  test('supply chain: what is shipped is pinned to the byte and runs no script when it is installed [class]', () => {
    const shipped = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies })
    expect(shipped.map(([, version]) => version).filter(version => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
    expect(shipped.length).toBeLessThan(10)
    const lock = JSON.parse(readFileSync(join(import.meta.dir, '../../package-lock.json'), 'utf8'))
    const locked = Object.entries<{ integrity?: string; dev?: boolean; hasInstallScript?: boolean; link?: boolean }>(
      lock.packages,
    )
    expect(
      locked.filter(([path, { integrity }]) => path !== '' && !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([])
    expect(locked.filter(([, { dev, hasInstallScript }]) => !dev && hasInstallScript).map(([path]) => path)).toEqual([])
  })

  test('CVE-2026-111497: is built with the version of the runtime that is pinned', async () => {
    const { stdout } = await run([BERTH, 'version', '--format', 'json'], {
      env: { BERTH_HOST: 'unix:///nowhere', DOCKER_HOST: 'unix:///nowhere' },
    })
    const pinned = manifest.optionalDependencies['@oven/bun-linux-x64']
    expect(
      stdout +
        (await run([BERTH, 'version'], { env: { BERTH_HOST: 'unix:///nowhere', DOCKER_HOST: 'unix:///nowhere' } }))
          .stdout,
    ).toContain(`bun${pinned}`)
  })
})

test('CVE-2025-59465, CVE-2026-21637, CVE-2026-21714, CVE-2018-12608: a TLS port outlives whatever is sent to it, and serves nobody without a certificate', async () => {
  const file = (name: string) => join(directory, name)
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  await must([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    ...names,
    '-keyout',
    file('key'),
    '-out',
    file('cert'),
  ])
  const port = await freePort()
  const flags = [
    '--host',
    `tcp://127.0.0.1:${port}`,
    '--tlsverify',
    '--tlscacert',
    file('cert'),
    '--tlscert',
    file('cert'),
    '--tlskey',
    file('key'),
  ]
  await using daemon = await testDaemon({ image: false, flags })
  const hello = Buffer.from('16030100ff010000fb0303', 'hex')
  const garbage = [
    '',
    'GET / HTTP/1.1\r\n\r\n',
    hello,
    Buffer.concat([hello, Buffer.alloc(4000, 0xff)]),
    Buffer.alloc(70_000, 0x16),
    Buffer.from('15030100020228', 'hex'),
  ]
  for (let round = 0; round < 5; round++) {
    for (const bytes of garbage) {
      await new Promise<void>(resolve => {
        const socket = connectTcp(port, '127.0.0.1', () => {
          socket.write(bytes)
          setTimeout(() => socket.resetAndDestroy(), 5)
        })
        socket.on('error', () => {}).once('close', () => resolve())
      })
    }
  }
  const stranger = await run(['curl', '-sk', '-m', '5', `https://127.0.0.1:${port}/_ping`])
  expect(stranger.stdout).not.toContain('OK')
  const known = ['curl', '-s', '-m', '5', '--cacert', file('cert'), '--cert', file('cert'), '--key', file('key')]
  expect((await run([...known, `https://127.0.0.1:${port}/_ping`])).stdout).toBe('OK')
  expect((await run([...known, '--http2', `https://127.0.0.1:${port}/bun:info`])).stdout).toContain('page not found')
  expect(daemon.log()).not.toMatch(/uncaught|unhandled/)
  await until('it answers', () => lives(daemon))
})
