import { describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'

const MAIN = `${import.meta.dir}/../main.ts`

type Home = Disposable & { path: string; berth: (args: string[], more?: Given) => Promise<Told> }
type Given = { stdin?: string; env?: Record<string, string> }
type Told = { code: number; out: string; err: string }

/** A home of its own and no daemon anywhere, unless the environment names one. */
function home(): Home {
  const path = mkdtempSync(`${tmpdir()}/cli-test-`)
  return {
    path,
    berth: async (args, { stdin = '', env = {} } = {}) => {
      const child = Bun.spawn([process.execPath, MAIN, ...args], {
        stdin: new TextEncoder().encode(stdin),
        stdout: 'pipe',
        stderr: 'pipe',
        env: { HOME: path, PATH: `${path}:${process.env['PATH']}`, BERTH_HOST: `unix://${path}/none.sock`, ...env },
      })
      const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { code: await child.exited, out, err }
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

const answer = (body: object, status = 200) => Response.json(body, { status, headers: { 'Api-Version': '1.45' } })

/** A daemon that takes one password. */
function registryDaemon() {
  const asked: unknown[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async request => {
      if (!request.url.endsWith('/auth')) return answer({})
      const body = (await request.json()) as { password?: string }
      asked.push(body)
      if (body.password === 'right') return answer({ Status: 'Login Succeeded' })
      return answer({ message: 'unauthorized: incorrect username or password' }, 401)
    },
  })
  const host = `tcp://127.0.0.1:${server.port}`
  return { asked, host, [Symbol.asyncDispose]: async () => void (await server.stop(true)) }
}

describe('without a daemon', () => {
  test('commands say so, say how to start one, and end with 1', async () => {
    using at = home()
    const { code, out, err } = await at.berth(['ps'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toStartWith(
      `Cannot connect to the Berth daemon at unix://${at.path}/none.sock. Is the berth daemon running?\n`,
    )
    expect(err).toContain("Start one with 'berth daemon start'")
  })

  test('run ends with 125', async () => {
    using at = home()
    const { code, err } = await at.berth(['run', '--rm', 'busybox', 'true'])
    expect(code).toBe(125)
    expect(err).toStartWith('berth: Cannot connect to the Berth daemon')
    expect(err).toContain('berth daemon start')
    expect(err).toEndWith("\n\nRun 'berth run --help' for more information\n")
  })

  test('version, help and completion work all the same', async () => {
    using at = home()
    expect((await at.berth(['--version'])).out).toMatch(/^Berth version \d+\.\d+\.\d+, build \S+\n$/)
    expect(await at.berth(['help', 'ps'])).toMatchObject({ code: 0, err: '' })
    expect((await at.berth(['__complete', 'rm', ''])).out).toBe('')
    expect((await at.berth(['version'])).out).toContain('Client:\n Version:')
  })
})

describe('which daemon is asked', () => {
  const cases: [string, string[], Record<string, string>, string][] = [
    ['-H before the environment', ['-H', 'unix:///a'], { BERTH_HOST: 'unix:///b' }, 'unix:///a'],
    ['BERTH_HOST before DOCKER_HOST', [], { BERTH_HOST: 'unix:///b', DOCKER_HOST: 'unix:///c' }, 'unix:///b'],
    [
      'DOCKER_HOST before the context',
      [],
      { BERTH_HOST: '', DOCKER_HOST: 'unix:///c', DOCKER_CONTEXT: 'x' },
      'unix:///c',
    ],
  ]
  for (const [name, flags, env, host] of cases) {
    test(name, async () => {
      using at = home()
      expect((await at.berth([...flags, 'ps'], { env })).err).toContain(`at ${host}.`)
    })
  }

  test('a context that does not exist, and a host beside a context, are refused', async () => {
    using at = home()
    const missing = await at.berth(['-c', 'nope', 'ps'])
    expect(missing).toMatchObject({ code: 1 })
    expect(missing.err).toContain('context "nope": context not found')
    const both = await at.berth(['-c', 'nope', '-H', 'x', 'ps'])
    expect(both.err).toBe('conflicting options: cannot specify both --host and --context\n')
  })
})

describe('login', () => {
  test('keeps the password in a file that only its owner can read, and warns', async () => {
    using at = home()
    await using daemon = registryDaemon()
    const env = { BERTH_HOST: daemon.host }
    const told = await at.berth(['login', '-u', 'me', '--password-stdin', 'example.org'], { stdin: 'right\r\n', env })
    expect(told).toMatchObject({ code: 0, out: 'Login Succeeded\n' })
    expect(told.err).toContain('WARNING! Your credentials are stored unencrypted')
    const file = `${at.path}/.docker/config.json`
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ auths: { 'example.org': { auth: btoa('me:right') } } })
    expect(daemon.asked).toEqual([{ username: 'me', password: 'right', serveraddress: 'example.org' }])
    expect(await at.berth(['logout', 'example.org'], { env })).toMatchObject({
      code: 0,
      out: 'Removing login credentials for example.org\n',
    })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ auths: {} })
  })

  test('that is refused keeps nothing', async () => {
    using at = home()
    await using daemon = registryDaemon()
    const told = await at.berth(['login', '-u', 'me', '-p', 'wrong', 'example.org'], {
      env: { BERTH_HOST: daemon.host },
    })
    expect(told).toMatchObject({ code: 1, out: '' })
    expect(told.err).toBe(
      'WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n' +
        'Error response from daemon: unauthorized: incorrect username or password\n',
    )
    expect(existsSync(`${at.path}/.docker/config.json`)).toBe(false)
  })

  test('gives the secret to a helper program over its input, never as an argument', async () => {
    using at = home()
    await using daemon = registryDaemon()
    const log = `${at.path}/log`
    writeFileSync(`${at.path}/docker-credential-fake`, `#!/bin/sh\necho "$@" >> ${log}\ncat >> ${log}\n`, {
      mode: 0o755,
    })
    const config = `${at.path}/config.json`
    writeFileSync(config, '{"credsStore":"fake","other":{"kept":1}}')
    const env = { BERTH_HOST: daemon.host, DOCKER_CONFIG: at.path }
    const told = await at.berth(['login', '-u', 'me', '--password-stdin', 'example.org'], { stdin: 'right', env })
    expect(told).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(log, 'utf8')).toBe('store\n{"ServerURL":"example.org","Username":"me","Secret":"right"}')
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({
      credsStore: 'fake',
      other: { kept: 1 },
      auths: { 'example.org': {} },
    })
  })

  test('refuses a helper that is named like a path', async () => {
    using at = home()
    await using daemon = registryDaemon()
    writeFileSync(`${at.path}/config.json`, '{"credsStore":"../x"}')
    const env = { BERTH_HOST: daemon.host, DOCKER_CONFIG: at.path }
    const told = await at.berth(['login', '-u', 'me', '--password-stdin', 'example.org'], { stdin: 'right', env })
    expect(told).toMatchObject({ code: 1 })
    expect(told.err).toContain('executable file not found in $PATH')
  })

  test('without a terminal does not wait for an answer', async () => {
    using at = home()
    expect(await at.berth(['login', 'example.org'])).toMatchObject({
      code: 1,
      err: 'Error: Cannot perform an interactive login from a non TTY device\n',
    })
  })
})

test('a broken config.json is told and passed over', async () => {
  using at = home()
  writeFileSync(`${at.path}/config.json`, '{')
  const told = await at.berth(['ps'], { env: { DOCKER_CONFIG: at.path } })
  expect(told.err).toStartWith(`WARNING: Error loading config file: ${at.path}/config.json: `)
  expect(told.err).toContain('Cannot connect')
})
