import { closeSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { step } from '../../base/steps.ts'
import type { HealthTest } from '../../formats/health-test/health-test.ts'
import { PLAIN_PATH } from '../processes/run.ts'
import type { Runtime } from '../runtime/runtimes.ts'
import { sealedProgram } from '../syscalls/memory-file.ts'
import { listenUnix, shortSocketPath } from '../syscalls/sockets.ts'
import { probeFaults } from './faults.ts'
import { Answers, type ProbeAnswer } from './probe-answers.ts'

/**
 * The prober of one container (health-probe.c): a process in it, made by the runtime's `exec` and so confined as the container
 * is, that runs the same check whenever it is asked to. It ends with its connection, so with the daemon too.
 */
export type HealthProbe = {
  /** What the check gave; PROBE_GONE when the prober ended or does not answer. One at a time. */
  check(timeoutMs: number): Promise<ProbeAnswer>
  stop(): void
}

export type ProbeLaunch = {
  runtime: Runtime
  containerId: string
  /** Empty, or not there yet; gone when the prober runs. */
  directory: string
  test: HealthTest
  /** The OCI process, JSON, for these arguments. */
  describe: (args: string[]) => string
}

const DESCRIPTOR = 3
const DONE = 'y'
/** An answer that comes this much after its time does not come at all. */
const GRACE_MS = 5_000

/** Starts probers from the program at a path; a copy in memory is what containers get to see. */
export class HealthProbes {
  readonly #program: string
  #memory: number | undefined

  constructor(program: string) {
    this.#program = program
  }

  /** Rejects with START_FAILED in the runtime's words. */
  async start(launch: ProbeLaunch): Promise<HealthProbe> {
    const { directory, containerId, test, describe } = launch
    mkdirSync(directory, { recursive: true, mode: 0o710 })
    const socketPath = join(directory, 'probe.sock')
    const listener = listenUnix(socketPath, 1)
    try {
      const socket = await open(socketPath)
      const processFile = join(directory, 'process.json')
      writeFileSync(processFile, describe([`/proc/self/fd/${DESCRIPTOR}`, ...wordsOf(test)]), { mode: 0o600 })
      await this.#exec(launch.runtime, processFile, containerId, listener).catch(failure => {
        socket.destroy()
        throw failure
      })
      return probeOver(socket)
    } finally {
      closeSync(listener)
      rmSync(directory, { recursive: true, force: true })
    }
  }

  async #exec({ path, args, root }: Runtime, processFile: string, id: string, listener: number): Promise<void> {
    this.#memory ??= sealedProgram('berth-health-probe', readFileSync(this.#program))
    const words = ['exec', '--detach', '--preserve-fds', '1', '--process', processFile, id]
    const child = Bun.spawn([this.#program, 'run', path, ...args, '--root', root, ...words], {
      stdio: [listener, 'pipe', 'pipe', this.#memory],
      env: { PATH: PLAIN_PATH },
      cwd: '/',
    })
    child.unref()
    step()
    const [said, complaint] = await Promise.all([child.stdout, child.stderr].map(allOf))
    if (said !== DONE) throw probeFaults.START_FAILED(complaint?.trim() ?? '')
  }
}

const allOf = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text()

function wordsOf(test: HealthTest): string[] {
  switch (test.kind) {
    case 'command':
      return ['cmd', ...test.words]
    case 'http':
      return ['http', test.address, String(test.port), test.host, test.path]
    case 'tcp':
      return ['tcp', test.address, String(test.port)]
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const door = shortSocketPath(path)
    const socket = connect(door.path)
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
    socket.once('close', () => door[Symbol.dispose]())
    socket.unref()
  })
}

function probeOver(socket: Socket): HealthProbe {
  const answers = new Answers()
  socket.removeAllListeners('error')
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    if (!answers.take(chunk)) socket.destroy()
  })
  socket.on('close', () => answers.end())
  return {
    check: timeoutMs => {
      const late = setTimeout(() => socket.destroy(), timeoutMs + GRACE_MS)
      const answer = answers.next().finally(() => clearTimeout(late))
      if (socket.writable) socket.write(`${timeoutMs}\n`)
      else answers.end()
      return answer
    },
    stop: () => void socket.destroy(),
  }
}
