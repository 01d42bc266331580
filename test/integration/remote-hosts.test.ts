import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authorityIn, CLIENT, SERVER } from '../kit/certificates.ts'
import { CLIENTS, type ClientName } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { freePort } from '../kit/free-port.ts'
import { type SshServer, sshServer } from '../kit/ssh-server.ts'
import { until } from '../kit/until.ts'

const BERTH = join(import.meta.dir, '../../dist/berth')
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const directory = mkdtempSync(join(tmpdir(), 'berth-remote-'))
const port = freePort()
let daemon: TestDaemon
let ssh: SshServer
let mine: string
let stranger: string

beforeAll(async () => {
  const authority = await authorityIn(join(directory, 'authority'))
  const server = await authority.sign('server', SERVER)
  mine = await authority.sign('client', CLIENT)
  stranger = await (await authorityIn(join(directory, 'other'))).sign('client', CLIENT)
  const pem = (key: string, name: string) => [`--tls${key}`, join(server, name)]
  const files = [...pem('cacert', 'ca.pem'), ...pem('cert', 'cert.pem'), ...pem('key', 'key.pem')]
  daemon = await testDaemon({ flags: ['--host', `tcp://127.0.0.1:${port}`, '--tlsverify', ...files] })
  // What the stock command line calls on the far side is `docker`.
  mkdirSync(join(directory, 'bin'))
  for (const name of ['berth', 'docker']) symlinkSync(BERTH, join(directory, 'bin', name))
  ssh = await sshServer(`${directory}/bin:${PATH}`, { BERTH_HOST: daemon.host })
})
afterAll(async () => {
  await ssh[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const NOWHERE = { DOCKER_HOST: '', BERTH_HOST: '', DOCKER_CONTEXT: '' }
function remotely(client: ClientName) {
  const env = { ...NOWHERE, DOCKER_HOST: `ssh://${ssh.address}`, PATH: `${ssh.home}/bin:${PATH}` }
  return (args: string[], input?: string | Uint8Array, more: Record<string, string> = {}) =>
    daemon[client](args, { input, env: { ...env, ...more } })
}

describe.each(CLIENTS)('%s over ssh', client => {
  test('runs containers: output, input, exit code', async () => {
    const cli = remotely(client)
    expect(
      await cli(['run', '--rm', '-i', 'busybox', 'sh', '-c', 'cat; echo to-stderr >&2; exit 3'], 'typed\n'),
    ).toEqual({
      code: 3,
      stdout: 'typed\n',
      stderr: 'to-stderr\n',
    })
    expect((await cli(['ps', '-aq'])).stdout).toBe('')
  })

  test('carries megabytes in both directions', async () => {
    const cli = remotely(client)
    const much = Buffer.alloc(3_000_000, 'berth')
    const { stdout, code } = await cli(['run', '--rm', '-i', 'busybox', 'cat'], much)
    expect([code, stdout.length, stdout === much.toString()]).toEqual([0, much.length, true])
  })

  test('ends with a container that is stopped meanwhile', async () => {
    const cli = remotely(client)
    const running = cli(['run', '--name', `far-${client}`, 'busybox', 'sleep', '1000'])
    await until('it runs', async () => (await daemon.docker(['ps', '-q'])).stdout !== '')
    await daemon.docker(['rm', '-f', `far-${client}`])
    expect((await running).code).toBe(137)
  })

  test('tells why ssh has failed', async () => {
    const { code, stderr } = await remotely(client)(['ps'], undefined, { DOCKER_HOST: 'ssh://127.0.0.1:1' })
    expect(code).toBe(1)
    expect(stderr).toContain('error during connect')
    expect(stderr).toContain('has exited with exit status 255')
    expect(stderr).toContain('Connection refused')
  })
})

test('a context may name an ssh host, and its socket over there', async () => {
  const env = { ...NOWHERE, PATH: `${ssh.home}/bin:${PATH}`, DOCKER_CONFIG: join(directory, 'config') }
  const host = `host=ssh://${ssh.address}${daemon.socket}`
  expect((await daemon.berth(['context', 'create', 'far', '--docker', host], { env })).code).toBe(0)
  expect(await daemon.berth(['-c', 'far', 'version', '--format', '{{.Server.Os}}'], { env })).toMatchObject({
    code: 0,
    stdout: 'linux\n',
  })
})

describe.each(CLIENTS)('%s over TCP', client => {
  const host = `tcp://127.0.0.1:${port}`
  const flags = (certificates: string): string[] => {
    const pem = (key: string, name: string) => [`--tls${key}`, join(certificates, name)]
    return ['-H', host, '--tlsverify', ...pem('cacert', 'ca.pem'), ...pem('cert', 'cert.pem'), ...pem('key', 'key.pem')]
  }

  test('comes in with a certificate of the authority, by flags, variables or a context', async () => {
    const env = { ...NOWHERE, DOCKER_CONFIG: join(directory, client) }
    const version = ['version', '--format', '{{.Server.Os}}']
    expect((await daemon[client]([...flags(mine), ...version], { env })).stdout).toBe('linux\n')
    const variables = { ...env, DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: mine }
    expect((await daemon[client](version, { env: variables })).stdout).toBe('linux\n')
    const files = ['ca', 'cert', 'key'].map(name => `${name}=${join(mine, name)}.pem`).join(',')
    await daemon[client](['context', 'create', 'tls', '--docker', `host=${host},${files}`], { env })
    expect((await daemon[client](['-c', 'tls', ...version], { env })).stdout).toBe('linux\n')
    const run = ['run', '--rm', '-i', 'busybox', 'sh', '-c', 'cat; exit 4']
    expect(await daemon[client]([...flags(mine), ...run], { env, input: 'typed' })).toMatchObject({
      code: 4,
      stdout: 'typed',
    })
  })

  test('is refused without a certificate, with one of another authority, and without TLS', async () => {
    const env = { ...NOWHERE, DOCKER_CONFIG: join(directory, 'none') }
    const attempts = [
      ['-H', host, '--tlsverify', '--tlscacert', join(mine, 'ca.pem'), 'ps'],
      ['-H', host, '--tls', 'ps'],
      [...flags(stranger), 'ps'],
      ['-H', host, 'ps'],
    ]
    const results = await Promise.all(attempts.map(args => daemon[client](args, { env })))
    expect(results.map(({ code, stdout }) => [code, stdout])).toEqual(attempts.map(() => [1, '']))
  })

  test('does not trust a server whose certificate is of another authority', async () => {
    const env = { ...NOWHERE, DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: stranger }
    const { code, stderr } = await daemon[client](['ps'], { env })
    expect(code).toBe(1)
    expect(stderr.toLowerCase()).toContain('certificate')
  })
})
