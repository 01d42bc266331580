import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { must } from '../kit/run.ts'

let daemon: TestDaemon
const directory = mkdtempSync(join(tmpdir(), 'berth-contexts-'))
const config = join(directory, 'config')
beforeAll(async () => {
  daemon = await testDaemon({ image: false })
  mkdirSync(config)
  await must(
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -keyout ${directory}/key.pem -out ${directory}/cert.pem`.split(
      ' ',
    ),
  )
})
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true })
  await daemon[Symbol.asyncDispose]()
})

/** Without the variables that would name the daemon. */
const environment = { DOCKER_HOST: '', BERTH_HOST: '', DOCKER_CONFIG: config, DOCKER_CONTEXT: '' }
const cli = (client: (typeof CLIENTS)[number], args: string[], env: Record<string, string> = {}) =>
  daemon[client](args, { env: { ...environment, ...env } })
async function out(client: (typeof CLIENTS)[number], ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(client, args)
  if (code !== 0) throw new Error(`${client} ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}
const pem = (name: string): string => join(directory, name)
const TLS = `host=tcp://h.test:2376,ca=${pem('cert.pem')},cert=${pem('cert.pem')},key=${pem('key.pem')}`

describe.each([
  ['berth', 'docker'],
  ['docker', 'berth'],
] as const)('a context that %s has made', (maker, reader) => {
  const name = `by-${maker}`
  test(`is found, used and described by ${reader}`, async () => {
    expect(
      await out(maker, 'context', 'create', name, '--description', 'mine', '--docker', `host=${daemon.host}`),
    ).toBe(name)
    const inspected = await Promise.all([maker, reader].map(client => out(client, 'context', 'inspect', name)))
    expect(inspected[1]).toBe(inspected[0]!)
    expect(await out(reader, '-c', name, 'version', '--format', '{{.Server.Version}}')).not.toBe('')
    expect(await out(maker, 'context', 'use', name)).toBe(name)
    expect(await out(reader, 'context', 'show')).toBe(name)
    expect(await out(reader, 'info', '--format', '{{.ServerVersion}}')).not.toBe('')
    const lists = await Promise.all(CLIENTS.map(client => out(client, 'context', 'ls', '--format', 'json')))
    expect(lists[1]?.split('\n').filter(line => !line.includes('"default"'))).toEqual(
      lists[0]?.split('\n').filter(line => !line.includes('"default"')),
    )
    await out(reader, 'context', 'use', 'default')
    expect(await out(maker, 'context', 'show')).toBe('default')
  })

  test(`with keys has them where ${reader} looks, for nobody else to read`, async () => {
    await out(maker, 'context', 'create', `${name}-tls`, '--docker', TLS)
    const read = (client: (typeof CLIENTS)[number]) => out(client, 'context', 'inspect', `${name}-tls`)
    expect(await read(reader)).toBe(await read(maker))
    const [{ TLSMaterial, Storage }] = JSON.parse(await read(reader)) as [Inspected]
    expect(TLSMaterial).toEqual({ docker: ['ca.pem', 'cert.pem', 'key.pem'] })
    expect(statSync(join(Storage.TLSPath, 'docker/key.pem')).mode & 0o777).toBe(0o600)
    expect(statSync(Storage.TLSPath).mode & 0o777).toBe(0o700)
  })

  test(`is exported, and imported by ${reader}`, async () => {
    const path = join(directory, `${name}.tar`)
    await out(maker, 'context', 'export', `${name}-tls`, path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await out(reader, 'context', 'import', `${name}-back`, path)
    const tls = (context: string) => out(maker, 'context', 'inspect', '-f', '{{json .TLSMaterial}}', context)
    expect(await tls(`${name}-back`)).toBe(await tls(`${name}-tls`))
    expect((await cli(maker, ['context', 'export', `${name}-tls`, path])).stderr).toBe(`open ${path}: file exists\n`)
  })

  test(`is changed and removed by ${reader}`, async () => {
    await out(reader, 'context', 'update', `${name}-tls`, '--description', 'new', '--docker', 'host=tcp://other:1')
    const [{ Metadata, TLSMaterial, Storage }] = JSON.parse(await out(maker, 'context', 'inspect', `${name}-tls`)) as [
      Inspected,
    ]
    expect([Metadata.Description, TLSMaterial]).toEqual(['new', {}])
    expect(existsSync(join(Storage.TLSPath, 'docker/key.pem'))).toBe(false)
    await out(reader, 'context', 'rm', name, `${name}-tls`, `${name}-back`)
    expect(await out(maker, 'context', 'ls', '-q')).toBe('default')
    expect(existsSync(Storage.MetadataPath)).toBe(false)
  })
})
type Inspected = {
  Metadata: { Description: string }
  TLSMaterial: Record<string, string[]>
  Storage: { MetadataPath: string; TLSPath: string }
}

/** The same words from both, with the same exit code. Those with files in them have the same files. */
const SAME: string[][] = [
  ['create', 'a'],
  ['create', 'x/y'],
  ['create', 'default'],
  ['create', 'ee', '--docker', 'foo=bar'],
  ['create', 'ee', '--docker', 'skip-tls-verify=maybe,host=tcp://x:1'],
  ['create', 'ee', '--docker', 'host=tcp://x:1,ca=/nonexistent'],
  ['create', 'ee', '--docker', `host=tcp://x:1,ca=${pem('key.pem')}`],
  ['create', 'ee', '--from', 'nope'],
  ['inspect', 'nope'],
  ['use', 'nope'],
  ['update', 'nope'],
  ['update', 'default', '--description', 'x'],
  ['rm', 'nope', 'other'],
  ['rm', 'default'],
  ['import', 'ii', '/nonexistent'],
  ['import', 'default', pem('cert.pem')],
]
test.each(SAME)('`context %s %s …` fails as docker does', async (...words) => {
  const [mine, theirs] = await Promise.all([cli('berth', ['context', ...words]), cli('docker', ['context', ...words])])
  expect([mine.code, mine.stderr, mine.stdout]).toEqual([theirs.code, theirs.stderr, theirs.stdout])
})

test('flags, DOCKER_CONTEXT, DOCKER_HOST and currentContext count in the order of docker', async () => {
  await out('berth', 'context', 'create', 'one', '--docker', 'host=tcp://one:1')
  await out('berth', 'context', 'create', 'two', '--docker', 'host=tcp://two:1')
  await out('berth', 'context', 'use', 'one')
  const shown = async (env: Record<string, string>, ...flags: string[]) => {
    const results = await Promise.all(CLIENTS.map(client => cli(client, [...flags, 'context', 'show'], env)))
    expect(results[1]).toMatchObject({ code: results[0]!.code, stdout: results[0]!.stdout })
    return results[0]!.stdout.trim()
  }
  expect(await shown({})).toBe('one')
  expect(await shown({ DOCKER_CONTEXT: 'two' })).toBe('two')
  expect(await shown({ DOCKER_CONTEXT: 'two', DOCKER_HOST: 'tcp://x:1' })).toBe('default')
  expect(await shown({ DOCKER_HOST: 'tcp://x:1' }, '-c', 'two')).toBe('two')
  expect(await shown({}, '-H', 'tcp://x:1')).toBe('default')
  const warned = await cli('berth', ['context', 'use', 'two'], { DOCKER_HOST: 'tcp://x:1' })
  expect(warned.stderr).toContain(
    'Warning: DOCKER_HOST environment variable overrides the active context. To use "two"',
  )
  const both = await cli('berth', ['-H', 'tcp://x:1', '-c', 'two', 'ps'])
  expect([both.code, both.stderr]).toEqual([1, 'conflicting options: cannot specify both --host and --context\n'])
  expect((await cli('berth', ['context', 'rm', 'two'])).stderr).toBe(
    'context "two" is in use, set -f flag to force remove\n',
  )
  expect(await out('berth', 'context', 'rm', '-f', 'two', 'one')).toBe('two\none')
  expect(await out('docker', 'context', 'show')).toBe('default')
})

test('other keys of config.json stay when a context is chosen', async () => {
  const path = join(config, 'config.json')
  writeFileSync(path, JSON.stringify({ auths: {}, plugins: { x: { y: 'z' } }, unknown: [1] }))
  await out('berth', 'context', 'create', 'kept', '--docker', 'host=tcp://one:1')
  await out('berth', 'context', 'use', 'kept')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    auths: {},
    plugins: { x: { y: 'z' } },
    unknown: [1],
    currentContext: 'kept',
  })
  await out('berth', 'context', 'rm', '-f', 'kept')
})
