import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENTS, type ClientName } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { testRegistry } from '../kit/registry.ts'

let daemon: TestDaemon
const directory = mkdtempSync(join(tmpdir(), 'berth-plugins-'))
const config = join(directory, 'config')

/** Tells how it was called. */
const HELLO = `#!/bin/sh
if [ "$1" = docker-cli-plugin-metadata ]; then
  echo '{"SchemaVersion":"0.1.0","Vendor":"Somebody","Version":"1.2.3","ShortDescription":"Says hello"}'
  exit 0
fi
case "$*" in *wait*) trap 'echo caught; exit 9' TERM ;; esac
echo "args:$*"
case "$*" in
  *env*) echo "caller:$DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND host:$DOCKER_HOST" ;;
  *exit*) exit 7 ;;
  *read*) cat ;;
  *wait*) while :; do sleep 0.05; done ;;
esac
`
function plugin(name: string, script: string): void {
  const path = join(config, 'cli-plugins', `docker-${name}`)
  writeFileSync(path, script)
  chmodSync(path, 0o755)
}

beforeAll(async () => {
  daemon = await testDaemon({ image: false })
  mkdirSync(join(config, 'cli-plugins'), { recursive: true })
  plugin('hello', HELLO)
  plugin('broken', '#!/bin/sh\nexit 3\n')
  writeFileSync(join(config, 'cli-plugins/docker-nothing'), HELLO)
})
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true })
  await daemon[Symbol.asyncDispose]()
})
const cli = (client: ClientName, args: string[], input?: string, more: Record<string, string> = {}) =>
  daemon[client](args, { input, env: { DOCKER_CONFIG: config, ...more } })

describe.each(CLIENTS)('plugins of the command line, by %s', client => {
  test('run with the whole command line; input and exit code are theirs', async () => {
    expect((await cli(client, ['--debug', 'hello', 'there', '--flag'])).stdout).toBe(
      'args:--debug hello there --flag\n',
    )
    expect((await cli(client, ['hello', 'exit'])).code).toBe(7)
    expect((await cli(client, ['hello', 'read'], 'typed')).stdout).toBe('args:hello read\ntyped')
  })

  test('are in the help, those that are none are told', async () => {
    const { stdout } = await cli(client, ['--help'])
    expect(stdout).toMatch(/^ {2}hello\* +Says hello$/m)
    expect(stdout).toContain('Invalid Plugins:')
    expect(stdout).toMatch(/^ {2}broken +failed to fetch metadata: exit status 3$/m)
    expect(stdout).not.toMatch(/^ {2}nothing\*/m)
    expect((await cli(client, ['help', 'hello'])).stdout).toBe('args:help hello\n')
    expect((await cli(client, ['hello', '--help'])).stdout).toBe('args:hello --help\n')
  })

  test('are in `info`', async () => {
    expect((await cli(client, ['info'])).stdout).toContain(
      `  hello: Says hello (Somebody)\n    Version:  1.2.3\n    Path:     ${config}/cli-plugins/docker-hello\n`,
    )
    const { stdout } = await cli(client, ['info', '--format', '{{json .ClientInfo.Plugins}}'])
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ Name: 'hello', Vendor: 'Somebody' }))
  })
})

test('a plugin is told where our daemon is, and what has called it', async () => {
  const { stdout } = await cli('berth', ['hello', 'env'], undefined, {
    DOCKER_HOST: '',
    BERTH_HOST: 'unix:///x/b.sock',
  })
  expect(stdout).toMatch(/^args:hello env\ncaller:\/.*berth host:unix:\/\/\/x\/b\.sock\n$/)
  const flag = await cli('berth', ['-H', 'unix:///y', 'hello', 'env'], undefined, { DOCKER_HOST: '', BERTH_HOST: '' })
  expect(flag.stdout).toContain('args:-H unix:///y hello env\n')
})

test('SIGTERM reaches the plugin, whose exit code counts', async () => {
  const child = Bun.spawn([join(import.meta.dir, '../../dist/berth'), 'hello', 'wait'], {
    stdin: 'ignore',
    stdout: 'pipe',
    env: { ...process.env, DOCKER_CONFIG: config },
  })
  const reader = child.stdout.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('args:hello wait\n')
  child.kill('SIGTERM')
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('caught\n')
  expect(await child.exited).toBe(9)
})

test('commands of our own are never taken by a plugin, and no path is a plugin', async () => {
  plugin('ps', '#!/bin/sh\necho taken\n')
  expect((await cli('berth', ['ps'])).stdout).toStartWith('CONTAINER ID')
  writeFileSync(join(config, 'docker-up'), '#!/bin/sh\necho taken\n', { mode: 0o755 })
  expect((await cli('berth', ['../docker-up'])).code).toBe(1)
})

describe.each(CLIENTS)('credential helpers, by %s', client => {
  test('keep what logs in: config.json says only that there is something', async () => {
    await using registry = await testRegistry({ user: { name: 'me', password: 'secret' } })
    const store = join(directory, `store-${client}`)
    const own = join(directory, `config-${client}`)
    mkdirSync(own)
    mkdirSync(join(directory, 'bin'), { recursive: true })
    writeFileSync(
      join(directory, 'bin/docker-credential-test'),
      `#!/bin/sh
case "$1" in
  store) cat > ${store} ;;
  get) read server; [ -e ${store} ] && cat ${store} || { echo 'credentials not found in native keychain'; exit 1; } ;;
  erase) rm -f ${store} ;;
  list) echo '{}' ;;
esac
`,
      { mode: 0o755 },
    )
    writeFileSync(join(own, 'config.json'), JSON.stringify({ credHelpers: { [registry.address]: 'test' } }))
    const env = { DOCKER_CONFIG: own, PATH: `${join(directory, 'bin')}:${process.env['PATH']}` }
    const login = ['login', '-u', 'me', '--password-stdin', registry.address]
    const result = await daemon[client](login, { env, input: 'secret\n' })
    expect([result.code, result.stderr.includes('WARNING')]).toEqual([0, false])
    expect(JSON.parse(readFileSync(store, 'utf8'))).toMatchObject({ Username: 'me', Secret: 'secret' })
    const written = JSON.parse(readFileSync(join(own, 'config.json'), 'utf8'))
    expect(written.auths).toEqual({ [registry.address]: {} })
    expect((await daemon[client](['logout', registry.address], { env })).code).toBe(0)
    expect(existsSync(store)).toBe(false)
    expect(JSON.parse(readFileSync(join(own, 'config.json'), 'utf8')).auths ?? {}).toEqual({})
  })
})
