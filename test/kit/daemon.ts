import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Instance, instanceAt } from '../../src/base/instance.ts'
import { busyboxTar } from './busybox.ts'
import { leaksOf } from './leaks.ts'
import { must, type Result, type RunOptions, run } from './run.ts'
import { until } from './until.ts'

/** Clearing up may go on for a moment after the daemon's end. */
const LEAK_PATIENCE_MS = 3_000
const BERTH = join(import.meta.dir, '../../dist/berth')

/** A daemon of its own for one test file: started, with an image `busybox`, and at the end stopped and searched for leaks. */
export type TestDaemon = AsyncDisposable & {
  instance: Instance
  /** `unix://…` */
  host: string
  socket: string
  pid: () => number
  /** The stock docker CLI against this daemon. */
  docker: (args: string[], options?: RunOptions) => Promise<Result>
  /** Our CLI against this daemon. */
  berth: (args: string[], options?: RunOptions) => Promise<Result>
  /** One request to the Engine API. */
  api: (method: string, path: string, body?: unknown) => Promise<Response>
  start: () => Promise<void>
  /** SIGTERM, and waits for the end. */
  stop: () => Promise<void>
  /** SIGKILL, and waits for the end. */
  kill: () => Promise<void>
  log: () => string
}

export type TestDaemonOptions = {
  /** Where its directories go; a temporary directory by default. */
  parent?: string
  /** For the daemon's own process. */
  env?: Record<string, string>
  config?: Record<string, unknown>
  flags?: string[]
  /** Starts the daemon: a program with its arguments, which becomes the daemon (exec). */
  under?: string[]
  image?: boolean
}

export async function testDaemon(options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const directory = mkdtempSync(join(options.parent ?? tmpdir(), 'berth-test-'))
  const instance = instanceAt(join(directory, 'data'), join(directory, 'exec'))
  const socket = join(directory, 'berth.sock')
  const logPath = join(directory, 'daemon.log')
  const configPath = join(directory, 'daemon.json')
  writeFileSync(configPath, JSON.stringify(options.config ?? {}))
  mkdirSync(join(directory, 'cli'))
  const env = {
    DOCKER_HOST: `unix://${socket}`,
    BERTH_HOST: `unix://${socket}`,
    DOCKER_CONFIG: join(directory, 'cli'),
    DOCKER_BUILDKIT: '0',
  }
  let child: Bun.Subprocess | undefined

  const launch = () => {
    const argv = [
      ...(options.under ?? []),
      BERTH,
      'daemon',
      '--data-root',
      instance.dataRoot,
      '--exec-root',
      instance.execRoot,
    ]
    argv.push(
      '--host',
      `unix://${socket}`,
      '--config-file',
      configPath,
      '--pidfile',
      join(directory, 'berth.pid'),
      ...(options.flags ?? []),
    )
    return Bun.spawn(argv, {
      stdin: 'ignore',
      stdout: Bun.file(logPath),
      stderr: Bun.file(logPath),
      env: { ...process.env, ...options.env },
    })
  }
  const daemon: TestDaemon = {
    instance,
    host: `unix://${socket}`,
    socket,
    pid: () => child?.pid ?? 0,
    docker: (args, more) => run(['docker', ...args], { ...more, env: { ...env, ...more?.env } }),
    berth: (args, more) => run([BERTH, ...args], { ...more, env: { ...env, ...more?.env } }),
    api: (method, path, body) => request(socket, method, path, body),
    log: () => readFileSync(logPath, 'utf8'),
    start: async () => {
      const mine = launch()
      child = mine
      await until(
        `the daemon answers; its log:\n${daemon.log()}`,
        async () => mine.exitCode !== null || (await answers(socket)),
      )
      if (mine.exitCode !== null) throw new Error(`the daemon ended with ${mine.exitCode}:\n${daemon.log()}`)
    },
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      if (child?.exitCode !== null || child.signalCode !== null) await daemon.start()
      await removeAllContainers(daemon)
      await daemon.stop()
      const clean = async () => (await leaksOf(instance)).length === 0
      await until('nothing is left', clean, LEAK_PATIENCE_MS).catch(() => undefined)
      const leaks = await leaksOf(instance)
      const log = daemon.log()
      if (leaks.length > 0) throw new Error(`left behind:\n${leaks.join('\n')}\n${log.slice(-4000)}`)
      rmSync(directory, { recursive: true, force: true })
    },
  }
  await daemon.start().catch(failure => {
    rmSync(directory, { recursive: true, force: true })
    throw failure
  })
  if (options.image !== false) await importBusybox(daemon)
  return daemon
}

async function importBusybox(daemon: TestDaemon): Promise<void> {
  using tar = await busyboxTar()
  const changes = [
    '--change',
    'CMD ["sh"]',
    '--change',
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ]
  await must(['docker', '-H', daemon.host, 'import', ...changes, tar.path, 'busybox:latest'])
}

async function removeAllContainers(daemon: TestDaemon): Promise<void> {
  const ids = (await daemon.docker(['ps', '-aq'])).stdout.split('\n').filter(Boolean)
  if (ids.length > 0) await daemon.docker(['rm', '-f', '-v', ...ids])
}

async function end(child: Bun.Subprocess | undefined, signal: NodeJS.Signals): Promise<void> {
  child?.kill(signal)
  await child?.exited
}

async function answers(socket: string): Promise<boolean> {
  const response = await request(socket, 'GET', '/_ping').catch(() => undefined)
  return response?.status === 200
}

function request(socket: string, method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
  return fetch(`http://berth${path}`, {
    unix: socket,
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}
